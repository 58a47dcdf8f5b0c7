using Aldis.Protocols.Arq;

namespace Aldis.Transports.Arq;

/// <summary>What a connection of the ARQ protocol counts and estimates about itself; one of the features of the connections that
/// <see cref="ArqConnectionFactory"/> dials and Kestrel accepts.</summary>
public interface IArqStatisticsFeature
{
    /// <summary>Counters since the start and estimates of this moment. May be read from any thread, also after the end.</summary>
    ConnectionStats Statistics { get; }
}
