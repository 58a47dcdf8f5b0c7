using System.Text.Json;
using Aldis.Tests;

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
            JsonElement transfer = result.GetProperty("transfer");
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

    [Fact]
    public async Task A_person_reads_a_table_and_answers()
    {
        Run run = (await Run.AldisAsync("bench", "--duplicate", "100%", "--duration", "200ms", "--transports", "tcp,udp")).Ends(ExitCode.Confirmed);
        Assert.Contains("\nThrough a link: duplicate 100%\ntransport", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nDelivery order, with duplicate 100%\n  TCP: 0 of ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  UDP: [\d,]+ of [\d,]+ came behind a later one, [1-9][\d,]* came twice\.$", run.Output);
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
