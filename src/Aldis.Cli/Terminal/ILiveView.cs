using Aldis.Protocols.Tracing;

namespace Aldis.Cli.Terminal;

/// <summary>Shows events as they come.</summary>
internal interface ILiveView : ITraceSink
{
    /// <summary>Says that events are missing here, because they came faster than they could be shown.</summary>
    /// <param name="count">How many.</param>
    void Skip(long count);

    /// <summary>Shows what it still holds: nothing more comes.</summary>
    void Complete();
}
