using Aldis.Protocols.Tracing;

namespace Aldis.Transports.Arq;

/// <summary>A feature of ARQ connections whose frames can be followed one by one, while somebody looks. A connection that nobody follows
/// pays nothing for it.</summary>
internal interface IArqTraceFeature
{
    /// <summary>Begins to tell of every frame.</summary>
    /// <param name="sink">Is told, under the lock of the connection's driver: it must be quick, and must not call back.</param>
    /// <returns>Ends it.</returns>
    IDisposable Follow(ITraceSink sink);
}
