using Aldis.Cli.Verbs.Copy;
using Aldis.Protocols.Files;
using Aldis.Transports;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary>What the exit status of a copy says.</summary>
public sealed class CopyTallyTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("confirmed", 0)]
    [InlineData("confirmed left-out", 0)]
    [InlineData("directory", 0)]
    [InlineData("Exists", 4)]
    [InlineData("directory Exists", 4)]
    [InlineData("confirmed Exists", 6)]
    [InlineData("Changed", 2)]
    [InlineData("Unreadable", 2)]
    [InlineData("failed", 2)]
    [InlineData("confirmed failed", 6)]
    [InlineData("Corrupt", 5)]
    [InlineData("Differs", 5)]
    [InlineData("Missing", 4)]
    [InlineData("Exists failed", 4)]
    [InlineData("DiskFull -DiskFull confirmed", 0)]
    [InlineData("DiskFull -DiskFull directory", 0)]
    [InlineData("DiskFull Exists -DiskFull confirmed", 6)]
    [InlineData("Unreadable -Unreadable confirmed", 0)]
    public void It_is_of_what_came_first_unless_some_is_confirmed(string story, int status) =>
        Assert.Equal(status, After(story).ExitStatus(null));

    [Theory]
    [InlineData("", CommunicationFailure.Network, 1)]
    [InlineData("", CommunicationFailure.Timeout, 3)]
    [InlineData("", CommunicationFailure.Authentication, 7)]
    [InlineData("Exists", CommunicationFailure.Network, 1)]
    [InlineData("confirmed", CommunicationFailure.Network, 6)]
    public void A_connection_that_ended_is_named_where_nothing_is_confirmed(string story, CommunicationFailure failure, int status) =>
        Assert.Equal(status, After(story).ExitStatus(failure));

    private static CopyTally After(string story)
    {
        var tally = new CopyTally();
        foreach (string event_ in story.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (event_)
            {
                case "confirmed":
                    tally.Confirm(isDirectory: false, 5, wasThere: false);
                    break;
                case "directory":
                    tally.Confirm(isDirectory: true, 0, wasThere: false);
                    break;
                case "failed":
                    tally.Fail();
                    break;
                case "left-out":
                    tally.LeaveOut();
                    break;
                case ['-', .. string code]:
                    tally.TakeBack(Enum.Parse<RefusalCode>(code));
                    break;
                default:
                    tally.Refuse(Enum.Parse<RefusalCode>(event_));
                    break;
            }
        }

        return tally;
    }
}
