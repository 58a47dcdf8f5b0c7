using System.Globalization;
using System.IO.Pipes;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis send --outbox</c>: an input that is not the one it was, and a disk that is full, read-only or gone.</summary>
public sealed class SendOutboxTests
{
    private const int LineBytes = 1000;

    [Fact]
    public async Task The_same_input_with_more_at_its_end_is_gone_on_with_and_what_is_skipped_is_said()
    {
        using var directory = new TemporaryDirectory();
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        (await SkipTakenAsync(server, directory, "one\ntwo\n")).Ends(ExitCode.Confirmed, "0 messages of the input skipped");

        Run run = (await SkipTakenAsync(server, directory, "one\ntwo\nthree\n")).Ends(
            ExitCode.Confirmed, "2 messages of the input skipped: the outbox took them before.");

        Assert.Equal(2, run.Events[^1].GetProperty("skipped").GetInt32());
        Assert.Equal(["one", "two", "three"], await StoredAsync(server));
    }

    [Theory]
    [InlineData("6\n7\n8\n9\n10\n11\n12\n", "the first 5 messages of the input are not the 5 that the outbox")]
    [InlineData("1\n2\n3\n4\n6\n", "the first 5 messages of the input are not the 5 that the outbox")]
    [InlineData("13\n14\n15\n", "the input has 3 messages, and the outbox")]
    [InlineData("", "the input has 0 messages, and the outbox")]
    public async Task An_input_that_was_rotated_or_truncated_is_an_error_and_nothing_of_it_is_sent(string input, string sentence)
    {
        using var directory = new TemporaryDirectory();
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        (await SkipTakenAsync(server, directory, "1\n2\n3\n4\n5\n")).Ends(ExitCode.Confirmed);

        Run run = (await SkipTakenAsync(server, directory, input)).Ends(ExitCode.UsageOrLocalError, sentence);

        Assert.Contains("Nothing of it was sent.", run.Error, StringComparison.Ordinal);
        Assert.Equal("error", run.Events[^1].GetProperty("event").GetString());
        Assert.Equal(["1", "2", "3", "4", "5"], await StoredAsync(server));
    }

    [Fact]
    public async Task What_waits_in_the_outbox_is_delivered_when_the_input_is_another()
    {
        using var directory = new TemporaryDirectory();
        (await Run.AldisAsync("1\n2\n3\n", Arguments(Peer.Nowhere(), directory, "--retry", "0s"))).Ends(ExitCode.NetworkError);
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");

        (await SkipTakenAsync(server, directory, "4\n")).Ends(ExitCode.UsageOrLocalError, "the input has 1 messages");

        Assert.Equal(["1", "2", "3"], await StoredAsync(server));
    }

    [Fact]
    public async Task More_than_the_disk_holds_goes_through_it_as_it_is_acknowledged()
    {
        using var disk = new SmallDisk("1m");
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        string[] lines = Lines(5000);

        (await Run.AldisAsync(string.Join('\n', lines), Arguments(Address(server), disk.Path)))
            .Ends(ExitCode.Confirmed, "5000 sent, 5000 acknowledged");

        Assert.Equal(lines, await StoredAsync(server));
    }

    [Fact]
    public async Task On_a_full_disk_what_was_taken_is_kept_and_counted_and_drained_and_the_rest_goes_on_when_there_is_room()
    {
        using var disk = new SmallDisk("1m");
        string[] lines = Lines(3000);
        string input = string.Join('\n', lines);
        Run full = (await Run.AldisAsync(input, Arguments(Peer.Nowhere(), disk.Path, "--retry", "0s")))
            .Ends(ExitCode.UsageOrLocalError, "takes no more lines: ");
        int taken = full.Events.Single(each => each.GetProperty("event").GetString() == "summary").GetProperty("taken").GetInt32();
        Assert.InRange(taken, 500, 1048);
        Assert.Contains("Messages that were read and are not in it: ", full.Error, StringComparison.Ordinal);

        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        (await Run.AldisAsync(Arguments(Address(server), disk.Path))).Ends(ExitCode.Confirmed, $"{taken} sent, {taken} acknowledged");
        (await Run.AldisAsync(input, Arguments(Address(server), disk.Path, "--skip-taken"))).Ends(ExitCode.Confirmed);
        Assert.Equal(lines, await StoredAsync(server));
    }

    [Fact]
    public async Task When_everything_is_settled_and_there_is_still_no_room_it_ends_with_a_sentence()
    {
        using var disk = new SmallDisk("256k");
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        string tooLong = new('x', 300_000);

        Run run = (await Run.AldisAsync($"one\ntwo\n{tooLong}\nthree\n", Arguments(Address(server), disk.Path)))
            .Ends(ExitCode.UsageOrLocalError, "takes no more lines: ");

        Assert.Contains("Messages that were read and are not in it: 2.", run.Error, StringComparison.Ordinal);
        Assert.Equal(["one", "two"], await StoredAsync(server));
    }

    [Fact]
    public async Task A_read_only_disk_is_said()
    {
        using var disk = new SmallDisk("256k");
        disk.MakeReadOnly();
        (await Run.AldisAsync("one\n", Arguments(Peer.Nowhere(), disk.Path)))
            .Ends(ExitCode.UsageOrLocalError, "cannot be used: Read-only file system");
    }

    [Fact]
    public async Task A_directory_that_vanishes_while_it_is_used_is_said()
    {
        using var directory = new TemporaryDirectory();
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        await using var writer = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var reader = new AnonymousPipeClientStream(PipeDirection.In, writer.ClientSafePipeHandle);
        await using var output = new SignallingStream();
        Task<Run> sending = Run.AldisAsync(
            reader, Arguments(Address(server), directory), TestContext.Current.CancellationToken, output: output);
        await writer.WriteAsync("one\n"u8.ToArray(), TestContext.Current.CancellationToken);

        // "connected" and "acknowledged".
        await output.WaitForLinesAsync(2, TestContext.Current.CancellationToken).InTime();
        Directory.Delete(directory.Combine("outbox"), recursive: true);
        await writer.WriteAsync("two\n"u8.ToArray(), TestContext.Current.CancellationToken);

        Run run = await sending.InTime();

        // Whoever still reads the input is let go.
        await writer.DisposeAsync();
        run.Ends(ExitCode.UsageOrLocalError, "0000000001.outbox is gone.");
        Assert.Contains("Messages that were read and are not in it: 1.", run.Error, StringComparison.Ordinal);
        Assert.Equal(["one"], await StoredAsync(server));
    }

    [Fact]
    public async Task An_outbox_of_another_client_a_file_and_a_damaged_one_are_said_and_left_as_they_are()
    {
        using var directory = new TemporaryDirectory();
        string outbox = directory.Combine("outbox");
        (await Run.AldisAsync("one\n", Arguments(Peer.Nowhere(), directory, "--retry", "0s"))).Ends(ExitCode.NetworkError);

        (await Run.AldisAsync("send", "--outbox", outbox, "--client", "pump-8", Peer.Nowhere(), "hi"))
            .Ends(ExitCode.UsageOrLocalError, "numbers its messages for the client 'pump-7', not for 'pump-8'.");
        string segment = Path.Combine(outbox, "0000000001.outbox");
        (await Run.AldisAsync("send", "--outbox", segment, Peer.Nowhere(), "hi"))
            .Ends(ExitCode.UsageOrLocalError, "is a file; an outbox is a directory.");
        byte[] bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[50] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        (await Run.AldisAsync("send", "--outbox", outbox, Peer.Nowhere(), "hi"))
            .Ends(ExitCode.UsageOrLocalError, "is damaged: 0000000001.outbox has a damaged header. Nothing was changed.");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken));
    }

    private static string[] Lines(int count) =>
        [.. Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture).PadRight(LineBytes, '.'))];

    private static Task<Run> SkipTakenAsync(AldisProcess server, TemporaryDirectory directory, string input) =>
        Run.AldisAsync(input, Arguments(Address(server), directory, "--skip-taken"));

    private static string[] Arguments(string address, TemporaryDirectory directory, params string[] more) =>
        Arguments(address, directory.Path, more);

    private static string[] Arguments(string address, string directory, params string[] more) =>
        ["send", "--outbox", Path.Combine(directory, "outbox"), "--client", "pump-7", "--json", .. more, address];

    private static string Address(AldisProcess server) => $"tcp://{server.EndPoints["messages/tcp"]}";

    private static async Task<string[]> StoredAsync(AldisProcess server)
    {
        Run log = (await Run.AldisAsync(
            "log", "--data", Path.Combine(server.WorkingDirectory, "aldis-data"), "--client", "pump-7", "--json")).Ends(ExitCode.Confirmed);
        return [.. log.Events.Select(message => message.GetProperty("text").GetString()!)];
    }
}
