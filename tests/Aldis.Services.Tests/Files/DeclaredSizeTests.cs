using System.Buffers;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files;

/// <summary>What a client only declares costs nothing: it is compared with what is taken, and memory is for what came.</summary>
public sealed class DeclaredSizeTests : IDisposable
{
    private const string Key = "00000000000000a1";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("SEND " + Key + " 1000000000 100 blake3 fail", "ERROR bad-frame")]
    [InlineData("SEND " + Key + " 9999999 100 blake3 fail", "ERROR too-many")]
    [InlineData("SEND " + Key + " 1 9223372036854775808 blake3 fail", "ERROR bad-frame")]
    [InlineData("SEND " + Key + " 1 999999999 blake3 fail", "ERROR too-many")]
    [InlineData("FETCH " + Key + " 999999999 blake3", "ERROR not-shared")]
    public async Task An_opening_that_declares_too_much_is_refused_before_anything_of_it_comes(string opening, string answer)
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync("ALDIS/1 files client=a".PadRight(64) + opening.PadRight(64));

        Assert.Equal(answer.PadRight(64), (await client.ReceiveTextToEndAsync())[64..]);
    }

    [Theory]
    [InlineData("9223372036854775808", "ERROR bad-frame")]
    [InlineData("9223372036854775807", "NAK 0 0 disk-full")]
    public async Task A_file_that_is_declared_longer_than_any_disk_is_refused_and_nothing_is_made_for_it(string size, string answer)
    {
        await using RunningServer server = await StartAsync();
        using LabClient client = await server.ConnectAsync();
        string manifest = $"F {size} 0 644 0 vast\0";
        byte[] unit = Encoding.ASCII.GetBytes($"SEND {Key} 1 {manifest.Length} blake3 fail".PadRight(64));
        byte[] end = new byte[ContentDigest.Size];
        ManifestText.Digest(DigestAlgorithm.Blake3, "a", unit, Encoding.ASCII.GetBytes(manifest)).CopyTo(end);
        await client.SendAsync("ALDIS/1 files client=a".PadRight(64));
        await client.SendAsync((byte[])[.. unit, .. Encoding.ASCII.GetBytes(manifest), .. end]);

        await client.ReceiveTextAsync(64);
        Assert.StartsWith(answer, await client.ReceiveTextAsync(64), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void What_is_declared_and_has_not_come_takes_no_memory()
    {
        var received = new ReadOnlySequence<byte>(new byte[64]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var intake = new ManifestIntake(new ManifestQuota(long.MaxValue), 999_999_999);
        Assert.True(intake.TryTake(ref received));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    private Task<RunningServer> StartAsync()
    {
        var inbox = new FileInbox(new InboxOptions { Directory = _directory.Combine("files") });
        return RunningServer.StartAsync("files", new FilesHandler(inbox, new FilesService(inbox.Transfers, share: null)));
    }
}
