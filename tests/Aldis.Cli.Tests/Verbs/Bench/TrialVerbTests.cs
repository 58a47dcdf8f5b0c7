using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Aldis.Cli.Verbs.Certificates;
using Aldis.Lab.Bench;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;
using Aldis.Tests;
using Aldis.Transports.Trials;

namespace Aldis.Cli.Tests.Verbs.Bench;

/// <summary><c>aldis bench</c> without an address: what is true of each transport shows, and the report is as documented.</summary>
public sealed class TrialVerbTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_transport_is_named_directly_and_through_the_link_and_only_datagrams_are_lost()
    {
        string page = _directory.Combine("report.html");
        Run run = (await Run.AldisAsync("bench", "--loss", "50%", "--duration", "200ms", "--json", "--html", page)).Ends(ExitCode.Confirmed);
        JsonElement summary = Summary(run);
        Assert.Equal(
            ["tcp", "tls", "unix", "udp", "arq-stop-and-wait", "arq-go-back-n", "arq-selective-repeat"],
            summary.GetProperty("results").EnumerateArray().Where(static result => Word(result, "condition") == "link")
                .Select(static result => Word(result, "transport")));
        Assert.Equal(14, summary.GetProperty("results").GetArrayLength());
        Assert.Equal(14, run.Events.Count(static one => Word(one, "event") == "trial"));
        foreach (JsonElement result in summary.GetProperty("results").EnumerateArray().Where(static one => Word(one, "transport") != "udp"))
        {
            if (!result.TryGetProperty("transfer", out JsonElement transfer))
            {
                // So short a trial over so bad a link may be over before.
                Assert.StartsWith("its time was up", Word(result, "failure"), StringComparison.Ordinal);
                continue;
            }

            Assert.Equal((0, 0, 0, 0), (Number(transfer, "lost"), Number(transfer, "duplicated"), Number(transfer, "out_of_order"), Number(transfer, "corrupted")));
        }

        JsonElement udp = summary.GetProperty("results").EnumerateArray()
            .Single(static one => Word(one, "transport") == "udp" && Word(one, "condition") == "link");
        Assert.True(Number(udp.GetProperty("transfer"), "lost") > 0, udp.GetRawText());
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("<h2>TCP against UDP</h2>", html, StringComparison.Ordinal);
        Assert.Contains("Reliability, with loss 50%", html, StringComparison.Ordinal);
        Assert.Contains("<svg ", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_is_counted_where_it_reaches_the_program()
    {
        Run run = (await Run.AldisAsync(
            "bench", "--corrupt", "100%", "--duration", "2s", "--json", "--transports", "udp,arq-selective-repeat")).Ends(ExitCode.Confirmed);
        Dictionary<string, JsonElement> linked = Summary(run).GetProperty("results").EnumerateArray()
            .Where(static result => Word(result, "condition") == "link").ToDictionary(static result => Word(result, "transport"));
        JsonElement datagrams = linked["udp"].GetProperty("transfer");
        Assert.Equal(0, Number(datagrams, "delivered"));
        Assert.True(Number(datagrams, "corrupted") > 0, run.Output);
        Assert.Equal(0, Number(linked["arq-selective-repeat"].GetProperty("transfer"), "corrupted"));
    }

    [Theory]
    [InlineData("udp", 0.5, "its time was up before all was measured", 900)]
    [InlineData("unix", 1.0, "its time was up before all was measured", 900)]
    [InlineData("arq-selective-repeat", 1.0, "no connection was open before its time was up", 60_000)]
    public async Task A_link_that_is_too_bad_to_be_measured_in_time_is_said(string name, double loss, string sentence, int mostMilliseconds)
    {
        var faults = new LinkFaults { Loss = loss, Delay = TimeSpan.FromSeconds(2) };
        using X509Certificate2 certificate = new CertificateMaker(DateTimeOffset.UtcNow).MakeAuthority();
        TrialOutcome outcome = await Trial.RunAsync(
            new TrialOptions
            {
                Transport = Enum.GetValues<TrialTransport>().Single(one => KebabName.Of(one) == name),
                ToTarget = faults,
                ToClient = faults,
                Duration = TimeSpan.FromMilliseconds(300),
                MostTime = TimeSpan.FromMilliseconds(mostMilliseconds),
                Certificate = certificate,
            },
            TestContext.Current.CancellationToken);
        Assert.StartsWith(sentence, outcome.Failure, StringComparison.Ordinal);
        Assert.Equal(0, outcome.RoundTrips.Count);
    }

    [Fact]
    public async Task A_person_reads_a_table_and_answers()
    {
        Run run = (await Run.AldisAsync("bench", "--duplicate", "100%", "--duration", "200ms", "--transports", "tcp,udp")).Ends(ExitCode.Confirmed);
        Assert.Contains("\nThrough a link: duplicate 100%\ntransport", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nDelivery order, with duplicate 100%\n  TCP: 0 of ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  UDP: [\d,]+ of [\d,]+ came behind a later one, [1-9][\d,]* came twice\.$", run.Output);
    }

    /// <summary>Whether a buffer holds what a slow reader leaves is chance; that nobody held the sender of datagrams back is not.</summary>
    [Theory]
    [InlineData(0, "nobody held it back, and this time the receiver's buffer had room for all of it.")]
    [InlineData(25, "nobody held it back, and 25 % were lost, of which it was not told.")]
    public void Only_a_stream_is_said_to_hold_its_sender_back(long lost, string sentence)
    {
        var slow = new TransferReport
        {
            PieceBytes = 1_024,
            Sent = 100,
            Delivered = 100 - lost,
            Lost = lost,
            UnderWay = 0,
            Duplicated = 0,
            OutOfOrder = 0,
            Corrupted = 0,
            Seconds = 1,
            GoodputBps = 1,
        };
        var report = new ComparisonReport
        {
            Started = string.Empty,
            Command = string.Empty,
            Seed = 1,
            DurationSeconds = 1,
            Seconds = 1,
            Notes = [],
            Results = [.. new[] { "tcp", "udp" }.Select(name => new TransportReport
            {
                Condition = ComparisonReport.Direct,
                Transport = name,
                RttLost = 0,
                RttCorrupted = 0,
                Transfer = slow,
                SlowReader = name == "tcp" ? slow with { Lost = 0 } : slow,
            })],
        };
        TcpUdpAnswer answer = TcpAgainstUdp.Of(report).Single(static one => one.Question.StartsWith("Flow control", StringComparison.Ordinal));
        Assert.EndsWith("it was held back, what was not read waited, and nothing was lost.", answer.Tcp, StringComparison.Ordinal);
        Assert.EndsWith(sentence, answer.Udp, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_loss_there_is_no_link()
    {
        Run run = (await Run.AldisAsync("bench", "--loss", "0", "--duration", "100ms", "--json", "--transports", "unix")).Ends(ExitCode.Confirmed);
        JsonElement summary = Summary(run);
        Assert.Equal("direct", Word(Assert.Single(summary.GetProperty("results").EnumerateArray()), "condition"));
        Assert.False(summary.TryGetProperty("link", out _));
    }

    private static string Word(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static JsonElement Summary(Run run)
    {
        JsonElement summary = run.Events[^1];
        Assert.Equal([], BenchSchema.Read().WhyNot(summary));
        return summary;
    }
}
