using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Aldis.Cli.Tests.Architecture;
using Aldis.Protocols.Randomness;

namespace Aldis.Cli.Tests.Fuzzing;

/// <summary>
/// Every parser is fed with its corpus (tests/Corpus, one folder each) and with what is made of it. ALDIS_FUZZ_SECONDS lets each target run for
/// so long, from ALDIS_FUZZ_SEED on; an input that falls is written into the corpus, so that it is tried ever after.
/// </summary>
public sealed class FuzzTargetTests(ITestOutputHelper output)
{
    private const int DefaultInputs = 5_000;

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(static target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_parser_survives_its_corpus_and_what_is_made_of_it(string name)
    {
        FuzzTarget target = FuzzTargets.All.Single(target => target.Name == name);
        string folder = Path.Combine(RoomTests.Root(), "tests", "Corpus", name);
        IEnumerable<string> kept = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal) : [];
        List<byte[]> corpus = [.. target.Seeds, .. kept.Select(File.ReadAllBytes)];
        corpus.ForEach(input => Feed(target, input, folder));

        ulong seed = (ulong)Setting("ALDIS_FUZZ_SEED", 1);
        long seconds = Setting("ALDIS_FUZZ_SECONDS", 0);
        var watch = Stopwatch.StartNew();
        var mutation = new Mutation(new SeededRandom(seed));
        long inputs = 0;
        while (seconds == 0 ? inputs < DefaultInputs : watch.Elapsed < TimeSpan.FromSeconds(seconds))
        {
            Feed(target, mutation.Next(corpus), folder);
            inputs++;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {inputs} inputs made of {corpus.Count}"));
    }

    [Fact]
    public void A_parser_that_falls_is_found_and_its_input_kept()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var broken = new FuzzTarget("broken", static bytes => _ = bytes[^1] == 7 ? bytes[bytes.Length] : 0, [[1, 2, 3]]);
            var mutation = new Mutation(new SeededRandom(1));
            Assert.ThrowsAny<Exception>(() =>
            {
                for (int inputs = 0; inputs < 100_000; inputs++)
                {
                    Feed(broken, mutation.Next(broken.Seeds), folder);
                }
            });
            Assert.NotEmpty(Directory.EnumerateFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Feed(FuzzTarget target, byte[] input, string folder)
    {
        try
        {
            target.Eat(input);
        }
        catch (Exception error)
        {
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input))[..16]);
            File.WriteAllBytes(path, input);
            throw new InvalidOperationException($"{target} fell over {path}: {error}", error);
        }
    }

    private static long Setting(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
