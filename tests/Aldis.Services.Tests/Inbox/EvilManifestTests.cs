using System.Runtime.Versioning;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

/// <summary>
/// Whoever offers names of whatever kind, and whatever link lies there or is planted: nothing outside the inbox is touched.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class EvilManifestTests : IDisposable
{
    private const int Manifests = 10_000;
    private const int PerInbox = 250;
    private const UnixFileMode Privileges =
        UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly EnumerationOptions WithoutLinks = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    // In memory, where there is such a place: ten thousand times a few syncs.
    private readonly TemporaryDirectory _directory = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Ten_thousand_evil_manifests_and_planted_links_leave_what_is_outside_as_it_was()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a link that is planted in the moment of use is followed.");
        string outside = _directory.Combine("outside");
        Directory.CreateDirectory(Path.Combine(outside, "d"));
        File.WriteAllText(Path.Combine(outside, "secret"), "secret");
        File.WriteAllText(Path.Combine(outside, "d", "a"), "a");
        string before = Describe(outside);
        int stored = 0;
        string inside = _directory.Combine("files");
        var options = new InboxOptions { Directory = inside, FreeSpaceFloor = 0, MaxFileBytes = 1 << 20, AllowOverwrite = true };
        var inbox = new FileInbox(options);
        for (int seed = 0; seed < Manifests; seed++)
        {
            if (seed % PerInbox == 0 && Directory.Exists(inside))
            {
                Directory.Delete(inside, recursive: true);
            }

            stored += await ReceiveAsync(inbox, new Random(seed), seed);
            if (seed % PerInbox == PerInbox - 1)
            {
                Assert.Equal(before, Describe(outside));
                IEnumerable<string?> beside = Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName);
                Assert.Equal(["files", "outside"], beside.Order(StringComparer.Ordinal));
                Assert.DoesNotContain(Directory.EnumerateFiles(inside, "*", WithoutLinks), IsPrivileged);
            }
        }

        Assert.True(stored > Manifests / 2, $"{stored} entries were stored: that shows little.");
    }

    private static bool IsPrivileged(string file) => (File.GetUnixFileMode(file) & Privileges) != UnixFileMode.None;

    private static async Task<int> ReceiveAsync(FileInbox inbox, Random random, int seed)
    {
        List<ManifestEntry> entries = EvilManifest.Make(random);
        var recorder = new TransferRecorder();
        TransferOffer offer = TransferFixture.Offer(entries, (ConflictPolicy)random.Next(4), key: seed.ToString("x16", null));
        string parts = Path.Combine(inbox.Directory, TransferFixture.Parts);
        if (new FileInfo(parts).LinkTarget is not null)
        {
            // The link that was planted last time.
            _ = await Assert.ThrowsAnyAsync<IOException>(() => inbox.Transfers.OpenAsync(offer, recorder).AsTask());
            File.Delete(parts);
        }

        IIncomingTransfer transfer = await inbox.Transfers.OpenAsync(offer, recorder);
        bool plants = random.Next(3) == 0;
        for (int entry = 0; entry < entries.Count; entry++)
        {
            if (plants)
            {
                Plant(random, inbox.Directory);
            }

            if (transfer.Answers[entry].Kind == TransferUnitKind.Want && entries[entry].Kind == FileEntryKind.File)
            {
                byte[] content = new byte[entries[entry].Size == ManifestEntry.UnknownSize ? 50 : entries[entry].Size];
                await transfer.WriteAsync(entry, 0, content);
                await transfer.CompleteChunkAsync(entry, content.Length, default, isLast: true);
            }
            else if (transfer.Answers[entry].Kind == TransferUnitKind.Prove)
            {
                _ = await transfer.ComputeDigestAsync(entry);
            }
        }

        await transfer.DisposeAsync();
        return recorder.Stored.Count;
    }

    /// <summary>Puts a way out where a transfer may want to go: in the place of a directory, or where nothing is.</summary>
    private static void Plant(Random random, string inside)
    {
        string[] places = [.. Directory.EnumerateDirectories(inside), Path.Combine(inside, "link"), Path.Combine(inside, ".aldis-parts")];
        string place = places[random.Next(places.Length)];
        try
        {
            if (Directory.Exists(place) && new DirectoryInfo(place).LinkTarget is null)
            {
                Directory.Delete(place, recursive: true);
            }

            File.CreateSymbolicLink(place, random.Next(2) == 0 ? "../outside" : "../outside/d");
        }
        catch (IOException)
        {
            // The transfer was quicker.
        }
    }

    private static string Describe(string tree)
    {
        IEnumerable<string> paths = Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories);
        return string.Join('\n', paths.Order(StringComparer.Ordinal).Select(Line));

        static string Line(string path) =>
            $"{path} {File.GetLastWriteTimeUtc(path):O} {File.GetUnixFileMode(path)} {(File.Exists(path) ? File.ReadAllText(path) : null)}";
    }
}
