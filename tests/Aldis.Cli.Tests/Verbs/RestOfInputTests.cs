using System.Globalization;
using System.Text;
using Aldis.Cli.Verbs.Send;
using Aldis.Services.Messages.Outbox;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>What <c>aldis send</c> read and its client never took.</summary>
public sealed class RestOfInputTests
{
    private const int Lines = 1000;
    private const int LineBytes = 1000;

    [Fact]
    public void As_much_of_it_is_kept_as_there_is_room_for_and_the_others_are_counted()
    {
        using var disk = new SmallDisk("256k");
        using FileOutbox outbox = FileOutbox.Open(new OutboxOptions { Directory = disk.Combine("outbox") });
        var rest = new RestOfInput(new TakenLines(null, 0, null), outbox, failure: null);
        for (int line = 1; line <= Lines; line++)
        {
            rest.Keep(Line(line));
        }

        rest.Sync();

        Assert.InRange(rest.Kept, 100, 262);
        Assert.Equal(Lines - rest.Kept, rest.NotTaken);
        Assert.IsType<OutboxFullException>(rest.Failure);
        Assert.Equal(Enumerable.Range(1, (int)rest.Kept).Select(line => Encoding.ASCII.GetString(Line(line))), ReadAll(outbox));
    }

    private static byte[] Line(int number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture).PadRight(LineBytes, '.'));

    private static IEnumerable<string> ReadAll(FileOutbox outbox)
    {
        while (outbox.TryReadNext(out _, out byte[] payload))
        {
            yield return Encoding.ASCII.GetString(payload);
        }
    }
}
