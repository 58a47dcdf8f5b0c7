namespace Aldis.Services.Hosting;

/// <summary>There is no application around the server.</summary>
internal sealed class NoServices : IServiceProvider
{
    private NoServices()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoServices Instance { get; } = new();

    /// <inheritdoc/>
    public object? GetService(Type serviceType) => null;
}
