using Aldis.Cli.Tests.Verbs;

namespace Aldis.Cli.Tests.Ladder;

/// <summary>
/// Whole outputs of <c>aldis lab</c> as texts in the repository: any change of what people see shows as a difference that somebody has to
/// read and accept.
/// </summary>
public sealed class GoldenLadderTests
{
    private const string AcceptVariable = "ALDIS_ACCEPT_SNAPSHOT";

    [Theory]
    [InlineData("stop-and-wait", "")]
    [InlineData("stop-and-wait-clean", "--frames 5 --loss 0")]
    [InlineData("stop-and-wait-lost-answers", "--frames 8 --loss 0 --ack-loss 40% --seed 3")]
    [InlineData("stop-and-wait-impatient", "--frames 6 --loss 0 --timeout 80ms")]
    [InlineData("stop-and-wait-patient", "--frames 10 --loss 20% --timeout 1s --seed 2")]
    [InlineData("stop-and-wait-rough", "--frames 15 --corrupt 15% --duplicate 15% --reorder 20% --seed 5")]
    [InlineData("stop-and-wait-explained", "--frames 5 --loss 30% --explain --seed 2")]
    [InlineData("stop-and-wait-folded", "--frames 300 --loss 1%")]
    [InlineData("stop-and-wait-hopeless", "--frames 3 --loss 100%", ExitCode.Timeout)]
    [InlineData("stop-and-wait-killed", "--kill data:1,ack:2 --frames 4 --timeout 200ms")]
    [InlineData("go-back-n", "--strategy go-back-n")]
    [InlineData("go-back-n-short-link", "--strategy go-back-n --window 4 --delay 200us --seed 11")]
    [InlineData("go-back-n-lost-answers", "--strategy go-back-n --loss 0 --ack-loss 30% --seed 4")]
    [InlineData("go-back-n-explained", "--strategy go-back-n --window 3 --frames 6 --loss 20% --explain --seed 7")]
    [InlineData("selective-repeat", "--strategy selective-repeat")]
    [InlineData("selective-repeat-rough", "--strategy selective-repeat --corrupt --duplicate --reorder --seed 9")]
    [InlineData("selective-repeat-explained", "--strategy selective-repeat --window 4 --frames 8 --loss 20% --explain --seed 6")]
    [InlineData("selective-repeat-many", "--strategy selective-repeat --frames 5000 --window 400")]
    [InlineData("go-back-n-first-lost", "--strategy go-back-n --window 5 --frames 8 --kill data:1")]
    [InlineData("selective-repeat-answer-lost", "--strategy selective-repeat --window 4 --frames 12 --kill data:2,ack:4 --explain")]
    [InlineData("ascii", "--strategy selective-repeat --window 4 --corrupt --duplicate --reorder --seed 9 --ascii")]
    [InlineData("narrow", "--strategy go-back-n --window 4 --frames 10 --loss 25% --seed 3", ExitCode.Confirmed, 40)]
    [InlineData("widest", "--strategy go-back-n --window 4 --frames 10 --loss 25% --seed 3", ExitCode.Confirmed, 200)]
    [InlineData("wide", "--strategy selective-repeat --seed 8", ExitCode.Confirmed, 120)]
    [InlineData("exercise-efficiency", "--exercise efficiency --student ada")]
    [InlineData("exercise-efficiency-answer", "--exercise efficiency --student ada --answer", ExitCode.Confirmed, 300)]
    [InlineData("exercise-lost-frame", "--exercise lost-frame --student ada")]
    [InlineData("exercise-lost-frame-answer", "--exercise lost-frame --student ada --answer", ExitCode.Confirmed, 300)]
    [InlineData("exercise-lost-ack", "--exercise lost-ack --student ada")]
    [InlineData("exercise-lost-ack-answer", "--exercise lost-ack --student ada --answer", ExitCode.Confirmed, 300)]
    [InlineData("exercise-timeout", "--exercise timeout --student ada")]
    [InlineData("exercise-timeout-answer", "--exercise timeout --student ada --answer", ExitCode.Confirmed, 300)]
    [InlineData("exercise-numbers", "--exercise numbers --student ada")]
    [InlineData("exercise-numbers-answer", "--exercise numbers --student ada --answer", ExitCode.Confirmed, 300)]
    public async Task The_output_is_the_accepted_one(string name, string options, int exitCode = ExitCode.Confirmed, int columns = 80)
    {
        string[] words = ["lab", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        Run run = await Run.AldisAsync(Stream.Null, words, TestContext.Current.CancellationToken, columns: columns);
        run.Ends(exitCode);
        string actual = $"$ aldis {string.Join(' ', words)}\n{run.Output}";
        string path = Path.Combine(RepositoryRoot(), "tests", "Aldis.Cli.Tests", "Ladder", "Golden", name + ".txt");
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            await File.WriteAllTextAsync(path, actual, TestContext.Current.CancellationToken);
        }

        string accepted = File.Exists(path)
            ? (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") : string.Empty;
        Assert.True(
            accepted == actual,
            $"{path} differs. Read the difference; if it is wanted, run this test with {AcceptVariable}=1 and commit the file.\n{actual}");
        int widest = run.Output.Split('\n').Max(static line => line.Length);
        Assert.True(widest <= columns, $"a line has {widest} columns");
    }

    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Aldis.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
