using System.Globalization;
using System.Text;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>Who sends much at once gives way to those who send little.</summary>
public sealed class FairTurnTests : IDisposable
{
    // No more than a native client may have under way.
    private const int Messages = 250;

    private readonly TemporaryDirectory _directory = new();
    private int _asked;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_plain_messages_that_came_at_once_others_have_their_turn_after_64_and_all_are_answered(bool doOthersWait)
    {
        string answers = await SendAsync(
            string.Concat(Enumerable.Repeat(Unit("2") + "hi", Messages)),
            doOthersWait,
            Messages * 97);

        Assert.Equal(Messages, Confirmations(answers));
        Assert.Equal(Messages / FairTurn.Messages, _asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_native_messages_that_came_at_once_others_have_their_turn_after_64_and_all_are_answered(bool doOthersWait)
    {
        string messages = string.Concat(Enumerable.Range(1, Messages).Select(static number => Unit($"2 {number}") + "hi"));
        string answers = await SendAsync(Unit("ALDIS/1 messages client=pump") + messages + Unit("BYE"), doOthersWait, int.MaxValue);

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"ACK {Messages} "), answers, StringComparison.Ordinal);
        Assert.Equal(Messages / FairTurn.Messages, _asked);
    }

    private static int Confirmations(string answers) => answers.Split("Message received successfully").Length - 1;

    private static string Unit(string text) => text.PadRight(64);

    // Until so many bytes are there, or the end.
    private async Task<string> SendAsync(string bytes, bool doOthersWait, int length)
    {
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = _directory.Combine("journal") });
        using var connection = new InMemoryConnection();
        connection.Serve(new MessagesHandler(store), othersWait: () =>
        {
            _asked++;
            return doOthersWait;
        });
        connection.Send(Encoding.ASCII.GetBytes(bytes));
        string answers = await connection.ReceiveTextAsync(length);
        connection.FinishWriting();
        await connection.Handling;
        return answers;
    }
}
