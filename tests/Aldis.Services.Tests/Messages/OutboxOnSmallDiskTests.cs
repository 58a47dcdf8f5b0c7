using System.Text;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Messages;

/// <summary>An outbox on a real file system that is full, read-only, or not the user's to look into.</summary>
public sealed class OutboxOnSmallDiskTests
{
    [Fact]
    public void A_full_file_system_refuses_lines_and_is_drained_and_goes_on()
    {
        using SmallDisk disk = new("512k");
        OutboxOptions options = new() { Directory = disk.Combine("outbox") };
        long taken;
        using (FileOutbox outbox = FileOutbox.Open(options))
        {
            taken = Fill(outbox);
            Assert.InRange(taken, 300, 512);
        }

        using (FileOutbox outbox = FileOutbox.Open(options))
        {
            Assert.Equal(taken, outbox.Taken);
            for (int settled = 1; settled <= taken; settled++)
            {
                outbox.NoteState(new SenderState(settled, settled, settled));
                outbox.Sync();
            }

            Assert.InRange(Fill(outbox), taken + 300, taken + 512);
        }
    }

    [Fact]
    public void Whoever_else_has_a_segment_open_does_not_keep_its_room()
    {
        using SmallDisk disk = new("512k");
        using FileOutbox outbox = FileOutbox.Open(new OutboxOptions { Directory = disk.Combine("outbox") });
        long taken = Fill(outbox);
        using FileStream other = File.Open(
            disk.Combine("outbox/0000000001.outbox"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        outbox.NoteState(new SenderState(taken, taken, taken));
        outbox.Sync();
        Assert.InRange(Fill(outbox), taken + 300, taken + 512);
    }

    [Fact]
    public void A_read_only_file_system_is_said()
    {
        using SmallDisk disk = new("512k");
        OutboxOptions options = new() { Directory = disk.Combine("outbox") };
        using (FileOutbox outbox = FileOutbox.Open(options))
        {
            outbox.Add("one"u8);
            outbox.Sync();
        }

        disk.MakeReadOnly();
        OutboxException told = Assert.Throws<OutboxException>(() => FileOutbox.Open(options));
        Assert.Contains("cannot be used: Read-only file system", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_creates_is_the_users_alone_and_what_is_there_keeps_its_mode()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes.");
            return;
        }

        const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using TemporaryDirectory directory = new();
        OutboxOptions options = new() { Directory = directory.Combine("outbox") };
        FileOutbox.Open(options).Dispose();
        Assert.Equal(OwnFile | UnixFileMode.UserExecute, File.GetUnixFileMode(options.Directory));
        string[] files = Directory.GetFiles(options.Directory);
        Assert.Equal(["0000000001.outbox", "lock", "spare"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string file in files)
        {
            Assert.Equal(OwnFile, File.GetUnixFileMode(file));
        }

        const UnixFileMode Readers = OwnFile | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(options.Directory, Readers);
        FileOutbox.Open(options).Dispose();
        Assert.Equal(Readers, File.GetUnixFileMode(options.Directory));
    }

    private static long Fill(FileOutbox outbox)
    {
        byte[] line = Encoding.ASCII.GetBytes(new string('x', 1000));
        while (true)
        {
            try
            {
                outbox.Add(line);
                outbox.Sync();
            }
            catch (OutboxFullException full)
            {
                Assert.Contains("takes no more lines", full.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("spare", full.Message, StringComparison.Ordinal);
                return outbox.Taken;
            }
        }
    }
}
