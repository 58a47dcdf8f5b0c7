using System.Runtime.Versioning;
using System.Text;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files;

public sealed class FilesConversationTests : IDisposable
{
    private const string Greeting = "Hello from the client!";
    private const string Answer = "Hello from the server!";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_labs_client_greets_reads_the_answer_and_streams_a_file()
    {
        await using RunningServer server = await StartAsync();
        byte[] sent = new byte[3 * 1024 * 1024 + 17];
        new Random(3).NextBytes(sent);

        using LabClient client = await server.ConnectAsync();
        await client.SendAsync(Greeting);
        Assert.Equal(Answer, await client.ReceiveOnceAsync());
        await client.SendAsync(sent);
        client.FinishWriting();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal("received_file.txt", (await StoredAsync(server)).Detail);
        byte[] received = await ReadAsync("received_file.txt");
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [InlineData(null, 0b110_000_000, 0b111_000_000)]
    [InlineData(0b110_100_000, 0b110_100_000, 0b111_101_000)]
    [UnsupportedOSPlatform("windows")]
    public async Task A_received_file_has_the_mode_that_was_asked_for_and_is_the_users_own_by_default(int? asked, int file, int directory)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Modes are those of Unix.");
        var options = new InboxOptions { Directory = _directory.Combine("files") };
        var inbox = new FileInbox(asked is { } mode ? options with { FileMode = (UnixFileMode)mode } : options);
        string name;
        await using (IncomingFile incoming = await inbox.BeginAsync("a.txt"))
        {
            await incoming.WriteAsync(new(new byte[] { 1, 2, 3 }));
            Assert.Equal((UnixFileMode)file, File.GetUnixFileMode(Directory.GetFiles(options.Directory).Single()));
            name = await incoming.CompleteAsync();
        }

        Assert.Equal((UnixFileMode)file, File.GetUnixFileMode(Path.Combine(options.Directory, name)));
        Assert.Equal((UnixFileMode)directory, File.GetUnixFileMode(options.Directory));
    }

    [Fact]
    public async Task A_file_sent_without_waiting_for_the_answer_begins_behind_the_22_bytes()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(Greeting + "the file");
        client.FinishWriting();

        Assert.Equal(Answer, await client.ReceiveTextToEndAsync());
        await StoredAsync(server);
        Assert.Equal("the file", Encoding.UTF8.GetString(await ReadAsync("received_file.txt")));
    }

    [Fact]
    public async Task A_greeting_split_anywhere_is_as_if_it_had_come_whole()
    {
        for (int cut = 1; cut < Greeting.Length; cut++)
        {
            using var connection = new InMemoryConnection();
            connection.Serve(new FilesHandler(Inbox()));
            connection.Send(Greeting[..cut]);
            Assert.Empty(connection.ReceiveOnce());
            connection.Send(Greeting[cut..] + "x");
            connection.FinishWriting();
            await connection.Handling.InTime();
            Assert.Equal(Answer, connection.ReceiveTextOnce());
        }

        Assert.Equal(Greeting.Length - 1, Stored().Length);
        Assert.All(Stored(), name => Assert.Equal("x", File.ReadAllText(_directory.Combine(name))));
    }

    [Fact]
    public async Task A_greeting_in_single_bytes_over_a_socket_is_as_if_it_had_come_whole()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();
        foreach (char letter in Greeting)
        {
            await client.SendAsync(letter.ToString());
        }

        Assert.Equal(Answer, await client.ReceiveOnceAsync());
        client.FinishWriting();
        Assert.Equal(0, (await StoredAsync(server)).Length);
    }

    [Fact]
    public async Task An_unknown_greeting_is_the_first_read()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("Bonjour");
        Assert.Equal(Answer, await client.ReceiveOnceAsync());
        await client.SendAsync("le fichier");
        client.FinishWriting();
        await client.ReceiveToEndAsync();

        await StoredAsync(server);
        Assert.Equal("le fichier", Encoding.UTF8.GetString(await ReadAsync("received_file.txt")));
    }

    [Fact]
    public async Task An_unknown_greeting_ends_after_1024_bytes()
    {
        using var connection = new InMemoryConnection();
        connection.Serve(new FilesHandler(Inbox()));

        connection.Send(new string('g', 1024) + "the file");
        connection.FinishWriting();
        await connection.Handling.InTime();

        Assert.Equal(Answer, connection.ReceiveTextOnce());
        Assert.Equal("the file", Encoding.UTF8.GetString(await ReadAsync("received_file.txt")));
    }

    [Fact]
    public async Task A_greeting_that_stops_short_is_a_whole_one_at_the_end_of_the_stream()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("Hello from");
        client.FinishWriting();

        Assert.Equal(Answer, await client.ReceiveTextToEndAsync());
        Assert.Equal(0, (await StoredAsync(server)).Length);
    }

    [Fact]
    public async Task A_greeting_and_then_the_end_stores_an_empty_file()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(Greeting);
        client.FinishWriting();

        Assert.Equal(Answer, await client.ReceiveTextToEndAsync());
        await StoredAsync(server);
        Assert.Empty(await ReadAsync("received_file.txt"));
    }

    [Fact]
    public async Task Nothing_and_then_the_end_stores_nothing()
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();

        client.FinishWriting();

        Assert.Empty(await client.ReceiveToEndAsync());
        await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Empty(Stored());
    }

    [Theory]
    [InlineData("")]
    [InlineData("half a file")]
    public async Task A_reset_stores_nothing_and_leaves_no_part_behind(string begun)
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync(Greeting);
        await client.ReceiveOnceAsync();
        await client.SendAsync(begun);

        client.Reset();

        Assert.NotNull((await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);
        Assert.Empty(Stored());
        Assert.Empty(server.Events.Of(ServiceEventKind.FileReceived));
    }

    [Fact]
    public async Task A_file_that_is_there_is_never_overwritten()
    {
        await File.WriteAllTextAsync(_directory.Combine("received_file.txt"), "mine", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.Combine("received_file-3.txt"), "mine too", TestContext.Current.CancellationToken);
        await using RunningServer server = await StartAsync();

        for (int number = 0; number < 3; number++)
        {
            using LabClient client = await server.ConnectAsync();
            await client.SendAsync($"{Greeting}file {number}");
            client.FinishWriting();
            await client.ReceiveToEndAsync();
        }

        Assert.Equal("mine", Encoding.UTF8.GetString(await ReadAsync("received_file.txt")));
        Assert.Equal("file 0", Encoding.UTF8.GetString(await ReadAsync("received_file-2.txt")));
        Assert.Equal("mine too", Encoding.UTF8.GetString(await ReadAsync("received_file-3.txt")));
        Assert.Equal("file 1", Encoding.UTF8.GetString(await ReadAsync("received_file-4.txt")));
        Assert.Equal("file 2", Encoding.UTF8.GetString(await ReadAsync("received_file-5.txt")));
    }

    [Fact]
    public async Task Many_files_at_once_are_all_stored_apart()
    {
        await using RunningServer server = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using LabClient client = await server.ConnectAsync();
            await client.SendAsync(Greeting);
            Assert.Equal(Answer, await client.ReceiveOnceAsync());
            await client.SendAsync($"file {number}");
            client.FinishWriting();
            await client.ReceiveToEndAsync();
        }));

        Assert.Equal(
            Enumerable.Range(0, 40).Select(number => $"file {number}").Order(StringComparer.Ordinal),
            Stored().Select(name => File.ReadAllText(_directory.Combine(name))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_full_disk_breaks_the_connection_and_stores_nothing()
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Path, FreeSpaceFloor = long.MaxValue });
        await using RunningServer server = await RunningServer.StartAsync("files", new FilesHandler(inbox));
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(Greeting);
        await client.WaitForEndAsync();

        Assert.Contains("MiB", (await server.Events.WaitForAsync(ServiceEventKind.FileRefused)).Detail, StringComparison.Ordinal);
        Assert.Empty(Stored());
    }

    private static Task<ServiceEvent> StoredAsync(RunningServer server) => server.Events.WaitForAsync(ServiceEventKind.FileReceived);

    private FileInbox Inbox() => new(new InboxOptions { Directory = _directory.Path });

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync("files", new FilesHandler(Inbox()));

    private string[] Stored() => [.. Directory.EnumerateFiles(_directory.Path).Select(path => Path.GetFileName(path))];

    private Task<byte[]> ReadAsync(string name) => File.ReadAllBytesAsync(_directory.Combine(name), TestContext.Current.CancellationToken);
}
