using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Verbs;
using Aldis.Cli.Verbs.Copy;
using Aldis.Protocols.Files;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary><c>aldis copy --follow</c>: whatever becomes of the file, its pieces in their order are what was written to it.</summary>
public sealed class FollowCopyTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly VirtualTime _time = new();
    private AldisProcess _server = null!;

    private string Log => _directory.Combine("app.log");

    private string Pieces => _directory.Combine("data/files/app.log");

    public async ValueTask InitializeAsync() =>
        _server = await AldisProcess.ServeAsync("files=127.0.0.1:0", "--quiet", "--data", _directory.Combine("data"));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_is_there_and_what_is_appended_arrives_in_pieces_that_end_with_a_line()
    {
        await WriteAsync("one\ntwo\n");
        await using Following following = Follow();
        await ArrivesAsync("one\ntwo\n");
        await WriteAsync("three\nfo");
        await ArrivesAsync("one\ntwo\nthree\n");
        await WriteAsync("ur\n");
        await ArrivesAsync("one\ntwo\nthree\nfour\n");
        Assert.Equal(3, Directory.GetFiles(Pieces).Length);
    }

    [Fact]
    public async Task A_file_that_is_renamed_is_sent_to_its_end_and_the_new_one_after_it()
    {
        await WriteAsync("one\n");
        await using Following following = Follow();
        await ArrivesAsync("one\n");
        File.Move(Log, Log + ".1");
        await File.AppendAllTextAsync(Log + ".1", "two\n", TestContext.Current.CancellationToken);
        await WriteAsync("three\n");
        await ArrivesAsync("one\ntwo\nthree\n");
    }

    [Fact]
    public async Task A_file_that_is_emptied_begins_anew()
    {
        await WriteAsync("one one one\n");
        await using Following following = Follow();
        await ArrivesAsync("one one one\n");
        await File.WriteAllTextAsync(Log, string.Empty, TestContext.Current.CancellationToken);
        await WriteAsync("two\n");
        await ArrivesAsync("one one one\ntwo\n");

        // Grown past where it was before anybody looked.
        await File.WriteAllTextAsync(Log, "three three three three\n", TestContext.Current.CancellationToken);
        await ArrivesAsync("one one one\ntwo\nthree three three three\n");
    }

    [Fact]
    public async Task Another_process_goes_on_there_also_with_a_file_that_was_renamed_meanwhile()
    {
        await WriteAsync("one\n");
        await using (Following first = Follow())
        {
            await ArrivesAsync("one\n");
        }

        await WriteAsync("two\n");
        File.Move(Log, Log + ".1");
        await WriteAsync("three\n");
        await using Following second = Follow();
        await ArrivesAsync("one\ntwo\nthree\n");
        Assert.Contains("was rotated to 'app.log.1' meanwhile", second.Error, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(Pieces).Length);
    }

    [Fact]
    public async Task A_piece_whose_confirmation_was_lost_is_not_stored_twice()
    {
        await WriteAsync("one\n");
        await using (Following first = Follow())
        {
            await ArrivesAsync("one\n");
            await Wait.UntilAsync(() => FollowPosition.Load(Directory.GetFiles(_directory.Combine("state"), "*.json").Single()) is { Offset: 4 });
        }

        // As it was written before the piece was sent.
        string state = Directory.GetFiles(_directory.Combine("state"), "*.json").Single();
        FollowPosition position = FollowPosition.Load(state)!;
        (position with { Offset = 0, PendingBytes = 4, PendingTail = position.Tail, Tail = string.Empty }).Save(state);
        await WriteAsync("two\n");
        await using Following second = Follow();
        await ArrivesAsync("one\ntwo\n");
        Assert.Equal(2, Directory.GetFiles(Pieces).Length);
    }

    [Theory]
    [InlineData("", "takes one file and an address")]
    [InlineData("nowhere", "--follow begins with one that is there")]
    [InlineData(".", "is a directory, and --follow follows files")]
    public async Task What_cannot_be_followed_is_told(string name, string sentence)
    {
        string[] words = name.Length == 0 ? [Log, Log] : [_directory.Combine(name)];
        Run run = await Run.AldisAsync(["copy", "--follow", .. words, _server.EndPoints["files/tcp"].ToString()]);
        run.Ends(ExitCode.UsageOrLocalError, sentence);
    }

    private Task WriteAsync(string text) => File.AppendAllTextAsync(Log, text, TestContext.Current.CancellationToken);

    /// <summary>Lets time pass until the pieces in their order are this.</summary>
    private Task ArrivesAsync(string text) => Wait.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(250));
        return Directory.Exists(Pieces) && text == string.Concat(
            Directory.GetFiles(Pieces).Where(static name => !name.EndsWith(".part", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(File.ReadAllText));
    });

    private Following Follow() => new(Log, _server.EndPoints["files/tcp"].ToString(), _directory.Combine("state"), _time);

    private sealed class Following : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly MemoryStream _error = new();
        private readonly Task<int> _running;

        public Following(string file, string address, string state, VirtualTime time)
        {
            var console = new CommandConsole
            {
                Input = Stream.Null,
                Output = Stream.Null,
                Error = CommandConsole.ErrorTo(Stream.Synchronized(_error)),
            };
            var settings = new CopySettings
            {
                Places = new CopyPlaces(CopyDirection.Send, [file], address, []),
                Filter = new PathFilter(),
                IsFollowed = true,
            };
            var context = new VerbContext(console, _stop.Token, CancellationToken.None);
            _running = Task.Run(() => FollowCopy.RunAsync(context, settings, events: null, time, state));
        }

        public string Error => Encoding.UTF8.GetString(_error.ToArray());

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            try
            {
                int status = await _running.InTime();
                Assert.Fail($"ended with {status}: {Error}");
            }
            catch (OperationCanceledException)
            {
                // As it was told.
            }

            _stop.Dispose();
        }
    }
}
