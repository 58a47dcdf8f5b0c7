using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Protocols.Impairment;
using Aldis.Tests;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Tests.CopyProof;

/// <summary>
/// <c>aldis copy</c> while its connections are reset, the network is cut, the server is killed or restarted, and the copy itself is killed
/// or interrupted and started again with the same words: what arrives is what was there, and hardly anything is sent twice. The moments
/// and kinds come out of a seed; benchmarks/cuts.sh runs more of it.
/// </summary>
public sealed class CopyProofTests : IDisposable
{
    private const int DefaultCuts = 6;
    private const int ChunkBytes = 1 << 20;
    private const int LongestCutMilliseconds = 300;

    private readonly TemporaryDirectory _directory = new(Environment.GetEnvironmentVariable("ALDIS_DIRECTORY"));
    private readonly Dictionary<string, int> _done = new(StringComparer.Ordinal);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("tcp", "file")]
    [InlineData("tcp", "tree")]
    [InlineData("arq", "file")]
    [InlineData("arq", "tree")]
    public async Task What_arrives_is_what_was_there_and_hardly_anything_is_sent_twice(string scheme, string kind)
    {
        string? only = Environment.GetEnvironmentVariable("ALDIS_COPY");
        Assert.SkipWhen(only is not null && only != $"{scheme}-{kind}", "another copy was asked for");
        int seed = Setting("ALDIS_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        int cuts = Setting("ALDIS_CUTS") ?? DefaultCuts;
        bool isLong = Setting("ALDIS_CUTS") is not null;
        var random = new Random(seed);
        string source = kind == "file" ? MakeFile(isLong ? 256 : 24, random) : MakeTree(isLong ? 2000 : 300, random);
        long length = Directory.Exists(source)
            ? Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length)
            : new FileInfo(source).Length;
        await using var world = await CopyWorld.StartAsync(scheme, _directory);
        string rate = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(2048, length / 1024 / Math.Max(4, cuts / 4))}K");
        string[] words = ["copy", "--json", "--retry", "forever", "--timeout", "5s", "--bwlimit", rate, source, world.Address];

        string story = string.Empty;
        int killed = 0;
        var runs = new List<string[]>();
        AldisProcess copy = AldisProcess.Start(readsError: true, words);
        for (int cut = 0; cut < cuts && !copy.HasExited; cut++)
        {
            // A cut before the first byte cuts nothing.
            await Task.WhenAny(copy.WaitForOutputAsync("progress"), copy.WaitForExitAsync());
            await Task.Delay(random.Next(LongestCutMilliseconds), TestContext.Current.CancellationToken);
            string what = await world.CutAsync(random);
            if (what is "kill copy" or "interrupt copy")
            {
                if (what == "kill copy")
                {
                    await copy.KillAsync();
                }
                else if (!copy.HasExited)
                {
                    await copy.SignalAsync("INT");
                    await copy.WaitForExitAsync();
                }

                runs.Add(copy.OutputLines);
                await copy.DisposeAsync();
                copy = AldisProcess.Start(readsError: true, words);
            }

            killed += what == "kill server" ? 1 : 0;
            _done[what] = _done.GetValueOrDefault(what) + 1;
            story += $"{what}; ";
        }

        int status = await copy.WaitForExitAsync();
        runs.Add(copy.OutputLines);
        Assert.True(status == 0, $"exit {status} (seed {seed}) after {story}\n{string.Join('\n', copy.ErrorLines)}");
        await copy.DisposeAsync();
        await world.StopAsync();

        string received = Path.Combine(world.Received, Path.GetFileName(source));
        Assert.Equal(await FingerprintAsync(source), await FingerprintAsync(received));
        string[] left =
        [
            .. Directory.EnumerateFileSystemEntries(world.Received, "*", SearchOption.AllDirectories)
                .Where(static name => name.EndsWith(".part", StringComparison.Ordinal)),
        ];
        Assert.True(left.Length == 0, $"left over (seed {seed}): {string.Join(' ', left)}");

        Assert.All(runs.SelectMany(static lines => lines).Where(IsSummary), line =>
            Assert.Equal(0, JsonDocument.Parse(line).RootElement.GetProperty("chunks_hashed_again").GetInt64()));

        // A restarted server was told to end, and keeps what it has; a killed one loses what was being synced.
        int done = _done.Values.Sum();
        long again = Math.Max(0, world.ContentBytes(source) - length);
        long bound = (long)ChunkBytes * (done + killed);
        Assert.True(again <= bound, $"{again} bytes were sent again, and {bound} are allowed (seed {seed}): {story}");
        IEnumerable<string> kinds = _done.OrderBy(static one => one.Key, StringComparer.Ordinal)
            .Select(static one => $"{one.Key.Replace(' ', '_')}={one.Value}");
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"cuts={done} {string.Join(' ', kinds)} scheme={scheme} source={kind} bytes={length} "
                + $"sent_again={again} allowed={bound} seed={seed}"));
    }

    [Fact]
    public async Task What_is_changed_on_the_way_is_noticed_and_never_confirmed()
    {
        string source = MakeFile(16, new Random(1));
        await using AldisProcess server = await AldisProcess.ServeAsync(
            "files=tcp://127.0.0.1:0", "--quiet", "--data", _directory.Combine("data"));
        await using var relay = LinkRelay.Start(
            "tcp://127.0.0.1:0", $"tcp://{server.EndPoints["files/tcp"]}", new LinkFaults { Corrupt = 0.001 });
        await using AldisProcess copy = AldisProcess.Start(
            readsError: true, "copy", "--json", "--retry", "forever", source, $"tcp://{relay.EndPoint}");
        int status = await copy.WaitForExitAsync();
        Assert.True(relay.Counters.Corrupted > 0);
        string received = Path.Combine(_directory.Combine("data"), "files", Path.GetFileName(source));
        if (status == 0)
        {
            Assert.Equal(await FingerprintAsync(source), await FingerprintAsync(received));
        }
        else
        {
            Assert.False(File.Exists(received));
        }
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static bool IsSummary(string line) => line.StartsWith("{\"event\":\"summary\"", StringComparison.Ordinal);

    private static async Task<string> FingerprintAsync(string path)
    {
        if (File.Exists(path))
        {
            return await DigestAsync(path);
        }

        var lines = new List<string>();
        foreach (string folder in Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Append(path).Order(StringComparer.Ordinal))
        {
            lines.Add($"{Path.GetRelativePath(path, folder)}/ {Directory.GetLastWriteTimeUtc(folder):O}");
        }

        foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            lines.Add($"{Path.GetRelativePath(path, file)} {await DigestAsync(file)} {File.GetLastWriteTimeUtc(file):O}");
        }

        return string.Join('\n', lines);
    }

    private static async Task<string> DigestAsync(string file)
    {
        await using FileStream open = File.OpenRead(file);
        return Convert.ToHexString(await SHA256.HashDataAsync(open, TestContext.Current.CancellationToken));
    }

    private string MakeFile(int mebibytes, Random random)
    {
        string file = _directory.Combine("large.bin");
        using var stream = new FileStream(file, FileMode.Create);
        byte[] piece = new byte[1 << 20];
        for (int i = 0; i < mebibytes; i++)
        {
            random.NextBytes(piece);
            stream.Write(piece);
        }

        return file;
    }

    private string MakeTree(int files, Random random)
    {
        string tree = _directory.Combine("tree");
        for (int i = 0; i < files; i++)
        {
            string folder = Path.Combine(tree, string.Create(CultureInfo.InvariantCulture, $"d{i % 17}"));
            Directory.CreateDirectory(folder);
            byte[] content = new byte[random.Next(0, 60_000)];
            random.NextBytes(content);
            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"f{i}")), content);
        }

        return tree;
    }
}
