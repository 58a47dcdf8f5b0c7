using Aldis.Cli.Tests.Verbs;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary><c>aldis lab --peer</c> against the Python programs of samples/peers with a mistake in each.</summary>
public sealed class LabPeerMistakeTests
{
    private const string Bad = PeerLab.BadLink;

    /// <summary>The rule, the program, what is wrong with it, and against what it runs.</summary>
    public static TheoryData<string, string, string, string, string> Mistakes => new()
    {
        { "again", "stop_and_wait_sender", "settimeout(float(sys.argv[2]))", "settimeout(None)", "sender " + Bad },
        { "early", "stop_and_wait_sender", "settimeout(float(sys.argv[2]))", "settimeout(float(sys.argv[2]) / 2)", "sender " + Bad },
        { "form", "stop_and_wait_sender", "DATA %d", "FRAME %d", "sender " + Bad },
        { "complete", "stop_and_wait_sender", " + [b\"\"]", string.Empty, "sender " + Bad },
        { "window", "go_back_n_sender", "oldest + window,", "oldest + window + 1,", "sender --strategy go-back-n --window 4 " + Bad },
        {
            "go-back", "go_back_n_sender", "range(oldest, next_frame)", "range(oldest, oldest + 1)",
            "sender --strategy go-back-n --window 4 " + Bad
        },
        {
            "in-order", "go_back_n_sender", "def send(number):\n", "def send(number):\n    number ^= 1 if number < 12 else 0\n",
            "sender --strategy go-back-n --window 4 " + Bad
        },
        {
            "same-bytes", "go_back_n_sender", "+ frames[number]", "+ frames[number] + b'%d' % int(time.monotonic() * 1000)",
            "sender --strategy go-back-n --window 4 " + Bad
        },
        {
            "acknowledged", "selective_repeat_sender", " and number not in ahead", string.Empty,
            "sender --strategy selective-repeat --window 4 " + Bad
        },
        {
            "early", "selective_repeat_sender", " if when <= time.monotonic()", string.Empty,
            "sender --strategy selective-repeat --window 4 --delay 40ms --timeout 200ms --kill data:2,data:5"
        },
        { "answered", "receiver", "        link.send(b\"ACK", "            link.send(b\"ACK", "receiver --frames 4 " + Bad },
        {
            "ack-ahead", "receiver", "b\"ACK %d\\n\" % expected", "b\"ACK %d\\n\" % (int(line.split()[1]) + 1)",
            "receiver --strategy go-back-n --window 4 --frames 8 " + Bad
        },
        { "ack-behind", "receiver", "b\"ACK %d\\n\" % expected", "b\"ACK %d\\n\" % max(0, expected - 1)", "receiver --frames 4 " + Bad },
        {
            "ack-behind", "selective_repeat_receiver", "if number >= expected:", "if number == expected:",
            "receiver --strategy selective-repeat --window 4 --frames 8 " + Bad
        },
        {
            "delivery", "receiver", "        if int(", "        link.send(b\"DELIVER %d\\n\" % int(line.split()[1]))\n        if int(",
            "receiver --frames 4 " + Bad
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_program_with_a_mistake_is_caught_by_the_rule_for_it(
        string rule, string program, string right, string wrong, string options)
    {
        string source = await PeerLab.SourceAsync(program);
        Assert.Contains(right, source, StringComparison.Ordinal);
        (Run run, _) = await PeerLab.RunAsync(source.Replace(right, wrong, StringComparison.Ordinal), options);
        run.Ends(ExitCode.ExpectationFailed);
        Assert.Contains($"BROKEN  {rule} ", run.Output, StringComparison.Ordinal);
    }
}
