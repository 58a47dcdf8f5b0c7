using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Cli.Tests.Events;
using Aldis.Cli.Verbs.Link;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;
using Aldis.Tests;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Tests.Link;

/// <summary>A person at a terminal changes a link while it runs.</summary>
public sealed class LinkPlayerTests : IDisposable
{
    private readonly BlockingCollection<char> _keys = [];

    public void Dispose()
    {
        // Whoever waits for a key sees that the terminal has gone.
        _keys.CompleteAdding();
        _keys.Dispose();
    }

    [Fact]
    public async Task Keys_change_the_link_that_runs_are_told_as_events_and_end_it()
    {
        await using LinkRelay relay = LinkRelay.Start("udp://127.0.0.1:0", "udp://127.0.0.1:9", new LinkFaults { Loss = 0.5 });
        var error = new StringWriter();
        using var output = new MemoryStream();
        CommandConsole console = Console(TextWriter.Synchronized(error), isTerminal: true);
        using var panel = new LivePanel(console, isQuiet: false);
        var board = new LinkBoard(relay.ToTarget, relay.ToClient);
        Task playing = new LinkPlayer(relay, board, "here > there", console, panel, isQuiet: false, new JsonEvents(output, clock: TimeProvider.System))
            .RunAsync(TestContext.Current.CancellationToken);

        await PressAsync('l', () => relay.ToTarget.Loss == 0.75 && relay.ToClient.Loss == 0.75);
        await PressAsync('c', () => relay is { ToTarget.IsCut: true, ToClient.IsCut: true });
        await PressAsync(' ', () => relay is { ToTarget: { IsCut: false, Loss: 0.5 }, ToClient: { IsCut: false, Loss: 0.5 } });
        _keys.Add('?', TestContext.Current.CancellationToken);
        _keys.Add('q', TestContext.Current.CancellationToken);
        await playing.InTime();

        string shown = error.ToString();
        Assert.Contains("here > there  ", shown, StringComparison.Ordinal);
        Assert.Contains("now: cut, loss 75 %", shown, StringComparison.Ordinal);
        Assert.All(LinkKeys.Help, line => Assert.Contains(line + "\n", shown.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        string[] events = Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n');
        Assert.Empty(events.SelectMany(EventDocument.Of("link").WrongWith));
        Assert.Equal(
            [("l", "loss 75 %"), ("c", "cut, loss 75 %"), (" ", "loss 50 %")],
            events.Select(static line => JsonElement.Parse(line)).Where(static item => item.GetProperty("event").GetString() == "changed")
                .Select(static item => (item.GetProperty("text").GetString()!, item.GetProperty("now").GetString()!)));
    }

    [Fact]
    public async Task Where_nobody_watches_no_key_is_read_and_nothing_is_drawn()
    {
        await using LinkRelay relay = LinkRelay.Start("udp://127.0.0.1:0", "udp://127.0.0.1:9");
        var error = new StringWriter();
        CommandConsole console = Console(error, isTerminal: false);
        using var panel = new LivePanel(console, isQuiet: false);
        using var stop = new CancellationTokenSource();
        var board = new LinkBoard(LinkFaults.None, LinkFaults.None, LinkScript.Read("at 0 cut", "--script"));
        _keys.Add('q', TestContext.Current.CancellationToken);
        Task playing = new LinkPlayer(relay, board, "here > there", console, panel, isQuiet: false, json: null).RunAsync(stop.Token);
        await Wait.UntilAsync(() => relay.ToTarget.IsCut);
        Assert.False(playing.IsCompleted);
        await stop.CancelAsync();
        await playing.InTime();
        Assert.Equal($"aldis: at 0 cut: cut{error.NewLine}", error.ToString());
        Assert.Single(_keys);
    }

    private async Task PressAsync(char key, Func<bool> isDone)
    {
        _keys.Add(key, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(isDone);
    }

    private CommandConsole Console(TextWriter error, bool isTerminal) => new()
    {
        Input = Stream.Null,
        Output = Stream.Null,
        Error = error,
        ErrorIsTerminal = isTerminal,
        ReadKey = _keys.Take,
    };
}
