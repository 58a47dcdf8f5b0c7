using System.Globalization;
using System.Text;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// Goodput of every strategy over loss and window as a text in the repository: any change of behaviour shows as a difference
/// that somebody has to read and accept.
/// </summary>
public sealed class GoodputMatrixTests
{
    private const string AcceptVariable = "ALDIS_ACCEPT_SNAPSHOT";
    private const string FileName = "goodput-matrix.txt";
    private const long Frames = 3000;

    private static readonly double[] Losses = [0, 0.01, 0.05, 0.1, 0.2, 0.3];
    private static readonly int[] Windows = [1, 4, 16, 64];

    [Fact]
    public void The_matrix_is_the_accepted_one()
    {
        string path = Path.Combine(RepositoryRoot(), "tests", "Aldis.Protocols.Tests", "Arq", "Simulation", FileName);
        string actual = Measure();
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            File.WriteAllText(path, actual);
        }

        string accepted = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : string.Empty;
        Assert.True(
            accepted == actual,
            $"{path} differs. Read the difference; if it is wanted, run this test with {AcceptVariable}=1 and commit the file.\n{actual}");
    }

    private static string Measure()
    {
        var text = new StringBuilder();
        text.Append("Goodput in kbit/s, payload only. Link 10 Mbit/s, round trip 20 ms, frames of 1000 bytes, loss in both directions,\n");
        text.Append(CultureInfo.InvariantCulture, $"{Frames} frames after 100 of warm-up, one fixed seed.");
        text.Append(" A window of 1 is stop-and-wait.\n\n");
        text.Append("strategy            window");
        foreach (double loss in Losses)
        {
            text.Append(CultureInfo.InvariantCulture, $"{loss * 100,8:F0} %");
        }

        text.Append('\n');
        foreach (int window in Windows)
        {
            foreach ((string name, ConnectionOptions options) in Strategies(window))
            {
                AppendRow(text, name, window, options);
            }
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string name, int window, ConnectionOptions options)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name,-20}{window,6}");
        foreach (double loss in Losses)
        {
            var link = new LinkGeometry
            {
                PayloadBytes = 1000,
                BitsPerSecond = 10e6,
                DelaySeconds = 0.01,
                FrameLoss = loss,
                ReplyLoss = loss,
            };
            double goodput = GoodputRun.OfFrames(options, link, Frames, 1);
            text.Append(CultureInfo.InvariantCulture, $"{goodput / 1e3,10:F1}");
        }

        text.Append('\n');
    }

    private static IEnumerable<(string Name, ConnectionOptions Options)> Strategies(int window) => window == 1
        ? [("stop-and-wait", ConnectionOptions.StopAndWait(1000))]
        :
        [
            ("go-back-n", ConnectionOptions.GoBackN(1000, window)),
            ("go-back-n, reports", ConnectionOptions.GoBackN(1000, window) with { RejectRewinds = true }),
            ("selective repeat", ConnectionOptions.SelectiveRepeat(1000, window)),
        ];

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
