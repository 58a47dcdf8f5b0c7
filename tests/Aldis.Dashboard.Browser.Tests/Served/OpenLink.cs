using Aldis.Cli.Tests.Server;

namespace Aldis.Dashboard.Browser.Tests.Served;

/// <summary>An <c>arq://</c> connection that stays open: one that is over at once may be seen by nobody.</summary>
internal sealed class OpenLink : IAsyncDisposable
{
    private readonly AldisProcess _sender;

    private OpenLink(AldisProcess sender, string number) => (_sender, Number) = (sender, number);

    /// <summary>Its number, which its connection has too.</summary>
    public string Number { get; }

    /// <summary>Opens it, and waits until the dashboard has it.</summary>
    /// <param name="served">The server.</param>
    /// <param name="client">The id of its client.</param>
    public static async Task<OpenLink> OpenAsync(DashboardProcess served, string client)
    {
        AldisProcess sender = AldisProcess.Start(readsError: true, "send", "--client", client, $"arq://{served.EndPoints["messages/arq"]}");
        try
        {
            await sender.FeedAsync("over a link\n");
            return new OpenLink(sender, await served.FindNumberAsync("links", client));
        }
        catch
        {
            await sender.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has something pass.</summary>
    public Task UseAsync() => _sender.FeedAsync("over a link again\n");

    public ValueTask DisposeAsync() => _sender.DisposeAsync();
}
