namespace Aldis.Services.Events;

/// <summary>Nobody watches.</summary>
internal sealed class NoServiceEvents : IServiceEvents
{
    private NoServiceEvents()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoServiceEvents Instance { get; } = new();

    /// <inheritdoc/>
    public bool ShowsPayload => false;

    /// <inheritdoc/>
    public bool IsObserved => false;

    /// <inheritdoc/>
    public void Publish(in ServiceEvent what)
    {
    }
}
