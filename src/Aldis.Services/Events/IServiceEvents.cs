namespace Aldis.Services.Events;

/// <summary>
/// Takes what happened to those who show it. Both sides may rely on this:
/// <list type="bullet">
/// <item><description><see cref="Publish"/> may be called from any thread, at any rate.</description></item>
/// <item><description><see cref="Publish"/> never blocks and never throws: where it cannot keep up it drops and counts.</description></item>
/// <item><description>Events of one connection arrive in their order, but for refusals that were kept back because there were many
/// (<see cref="ServiceEvent.Further"/>).</description></item>
/// </list>
/// </summary>
public interface IServiceEvents
{
    /// <summary>Whether somebody looks at payloads; where not, handlers copy none.</summary>
    bool ShowsPayload { get; }

    /// <summary>Whether anybody listens to events that come with each message (<see cref="ServiceEvent.IsPerMessage"/>); where not,
    /// handlers skip them.</summary>
    bool IsObserved { get; }

    /// <summary>Whether anybody listens to those of one connection: to those of all, or of that one alone.</summary>
    /// <param name="connection">The connection's number.</param>
    internal bool IsObservedOf(long connection) => IsObserved;

    /// <summary>Says what happened.</summary>
    /// <param name="what">The event.</param>
    void Publish(in ServiceEvent what);
}
