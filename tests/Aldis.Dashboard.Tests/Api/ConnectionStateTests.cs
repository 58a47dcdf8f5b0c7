using Aldis.Dashboard.Api;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>What a connection is at, in words: a table.</summary>
public sealed class ConnectionStateTests
{
    private static readonly FileIntake OneOfThree = new("a.iso", 1000, 250, 3, 1, 4000, 1260);

    public static TheoryData<string, string, string> Table => new()
    {
        { "nothing came", "has said nothing yet, 12 s", "client" },
        { "all is said", "idle, 40 s", "nobody" },
        { "all was said an hour ago", "idle, 61 min", "nobody" },
        { "it talks", "in conversation", "nobody" },
        { "a header was begun", "waits for the rest of a header, 4 s", "client" },
        { "a message was begun", "waits for the rest of a message, 12 KiB, 5 s", "client" },
        { "a message comes", "receives a message, 1 byte to come", "nobody" },
        { "answers are not read", "is not reading its answers, 120 KiB wait, 9 s", "client" },
        { "answers are sent", "sends, 1.5 MiB under way", "nobody" },
        { "the disk is slow", "waits for the disk, 1 message, 3 s", "server" },
        { "the disk is slow and answers are not read", "is not reading its answers, 120 KiB wait, 9 s", "client" },
        { "messages are written", "17 messages on the way to the disk", "nobody" },
        { "memory is scarce", "is not read, to save memory, 6 s", "server" },
        { "the server stops", "finishes what is under way, because the server stops", "server" },
        { "it was ended here", "finishes what is under way, because it was ended here", "server" },
        { "its token was taken back", "finishes what is under way, because its token counts no longer", "server" },
        { "it was idle for too long", "is being ended: it did not go on in time", "server" },
        { "a file comes", "receives file 2 of 3, 31.5 %", "nobody" },
        { "a file of unknown length comes", "receives a file, 2 KiB", "nobody" },
        { "a file stands still", "waits for the rest of a file, 31.5 % are here, 8 s", "client" },
        { "all files are here", "has sent 3 files", "nobody" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_connection_says_what_it_waits_for_and_since_when(string situation, string words, string whom)
    {
        (ConnectionSituation now, long received) = Situation(situation);
        Assert.Equal(new ConnectionState(words, whom), ConnectionState.Of(now, received));
    }

    private static (ConnectionSituation Now, long Received) Situation(string name) => name switch
    {
        "nothing came" => (Quiet(12), 0),
        "all is said" => (Quiet(40), 5),
        "all was said an hour ago" => (Quiet(7260) with { Quiet = TimeSpan.FromMinutes(61) }, 5),
        "it talks" => (Quiet(1), 5),
        "a header was begun" => (Quiet(9) with { HeaderAge = TimeSpan.FromSeconds(4) }, 5),
        "a message was begun" => (Quiet(5) with { MissingBytes = 12 * 1024 }, 70),
        "a message comes" => (Quiet(0) with { MissingBytes = 1 }, 70),
        "answers are not read" => (Quiet(9) with { AwaitsReader = true, UnreadBytes = 120 * 1024 }, 70),
        "answers are sent" => (Quiet(1) with { AwaitsReader = true, UnreadBytes = 3 * 512 * 1024 }, 70),
        "the disk is slow" => (Quiet(3) with { WaitingMessages = 1 }, 70),
        "the disk is slow and answers are not read" =>
            (Quiet(9) with { WaitingMessages = 1, AwaitsReader = true, UnreadBytes = 120 * 1024 }, 70),
        "messages are written" => (Quiet(0) with { WaitingMessages = 17, MissingBytes = 5 }, 70),
        "memory is scarce" => (Quiet(6) with { AwaitsMemory = true, MissingBytes = 5 }, 70),
        "the server stops" => (Quiet(0) with { Stop = StopCause.Draining, WaitingMessages = 1 }, 70),
        "it was ended here" => (Quiet(0) with { Stop = StopCause.Disconnected }, 70),
        "its token was taken back" => (Quiet(0) with { Stop = StopCause.Revoked }, 70),
        "it was idle for too long" => (Quiet(0) with { Stop = StopCause.Idle }, 70),
        "a file comes" => (Quiet(0) with { File = OneOfThree, AwaitsReader = true }, 70),
        "a file of unknown length comes" => (Quiet(0) with { File = new FileIntake("x", -1, 2048, 1, 0, -1, 2048) }, 70),
        "a file stands still" => (Quiet(8) with { File = OneOfThree }, 70),
        _ => (Quiet(8) with { File = OneOfThree with { Settled = 3 } }, 70),
    };

    private static ConnectionSituation Quiet(int seconds) => new() { Quiet = TimeSpan.FromSeconds(seconds) };
}
