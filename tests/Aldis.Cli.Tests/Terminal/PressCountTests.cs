using System.Globalization;
using System.Runtime.InteropServices;
using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Terminal;

/// <summary>How presses are counted, in virtual time.</summary>
public sealed class PressCountTests
{
    [Theory]
    [InlineData("INT@0", "in-order")]
    [InlineData("TERM@0", "in-order")]
    [InlineData("HUP@0", "in-order")]
    [InlineData("INT@0 INT@0", "in-order nothing")]
    [InlineData("INT@0 INT@499", "in-order nothing")]
    [InlineData("INT@0 INT@500", "in-order now")]
    [InlineData("INT@0 INT@300 INT@499 INT@500", "in-order nothing nothing now")]
    [InlineData("INT@0 TERM@0", "in-order now")]
    [InlineData("TERM@0 INT@1", "in-order now")]
    [InlineData("TERM@0 HUP@1 HUP@9000", "in-order nothing nothing")]
    [InlineData("HUP@0 HUP@9000", "in-order nothing")]
    [InlineData("HUP@0 TERM@1", "in-order nothing")]
    [InlineData("HUP@0 TERM@1 TERM@400 TERM@501", "in-order nothing nothing now")]
    [InlineData("HUP@0 TERM@1 INT@2", "in-order nothing now")]
    public void One_press_is_one_press_however_often_it_arrives(string signals, string requests)
    {
        var count = new PressCount();
        Assert.Equal(requests, string.Join(' ', signals.Split(' ').Select(one => Word(Enter(count, one)))));
    }

    private static SignalRequest Enter(PressCount count, string signal)
    {
        string[] parts = signal.Split('@');
        int milliseconds = int.Parse(parts[1], CultureInfo.InvariantCulture);
        TimeSpan now = TimeSpan.FromDays(3) + TimeSpan.FromMilliseconds(milliseconds);
        return count.Count(Enum.Parse<PosixSignal>("SIG" + parts[0]), now);
    }

    private static string Word(SignalRequest request) => request switch
    {
        SignalRequest.EndInOrder => "in-order",
        SignalRequest.EndNow => "now",
        _ => "nothing",
    };
}
