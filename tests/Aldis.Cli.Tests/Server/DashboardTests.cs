using System.Net;
using System.Net.Sockets;
using Aldis.Cli.Tests.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>The dashboard of <c>aldis serve</c>, and the verb that finds it again.</summary>
public sealed class DashboardTests
{
    private const string Line = "DASHBOARD ";

    [Fact]
    public async Task A_server_prints_the_link_and_the_verb_prints_it_again()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("echo=127.0.0.1:0", "--dashboard", "127.0.0.1:0");
        Uri link = await LinkAsync(server);
        string data = Path.Combine(server.WorkingDirectory, "aldis-data");
        Run found = await Run.AldisAsync("dashboard", "--data", data);
        Assert.Equal(link + "\n", found.Ends(ExitCode.Confirmed).Output);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(link));
    }

    [Fact]
    public async Task A_new_token_takes_the_place_of_the_old_one_while_the_server_runs()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("echo=127.0.0.1:0", "--dashboard", "127.0.0.1:0");
        Uri link = await LinkAsync(server);
        string data = Path.Combine(server.WorkingDirectory, "aldis-data");
        var renewed = new Uri((await Run.AldisAsync("dashboard", "--new-token", "--data", data)).Ends(ExitCode.Confirmed).Output.TrimEnd());
        Assert.NotEqual(link.Fragment, renewed.Fragment);
        await Wait.UntilAsync(async () => await AskAsync(renewed) == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(link));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_a_warning_and_the_server_goes_on()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string place = taken.LocalEndpoint.ToString()!;
        await using AldisProcess server = await AldisProcess.ServeAsync("echo=127.0.0.1:0", "--dashboard", place);
        await Wait.UntilAsync(() => server.ErrorLines.Any(static line =>
            line.StartsWith("aldis: warning: the dashboard is not shown: ", StringComparison.Ordinal)
            && line.Contains("'--dashboard 127.0.0.1:0' takes a free port", StringComparison.Ordinal)));
        (await Run.AldisAsync("echo", $"tcp://{server.EndPoints["echo/tcp"]}", "hello")).Ends(ExitCode.Confirmed);
    }

    [Theory]
    [InlineData("would be open to other machines without TLS", "--dashboard", "any:0")]
    [InlineData("would be open to other machines without TLS", "--dashboard", "http://0.0.0.0:0")]
    [InlineData("takes 'off' or an address such as", "--dashboard", "udp://127.0.0.1:1")]
    [InlineData("needs a certificate", "--dashboard", "https://127.0.0.1:0")]
    [InlineData("0 to 65535", "--dashboard", "127.0.0.1:99999")]
    public async Task A_place_that_is_none_is_exit_2_before_anything_is_served(string part, params string[] words)
    {
        using var directory = new TemporaryDirectory();
        (await Run.AldisAsync(["serve", "echo=127.0.0.1:0", "--data", directory.Path, .. words])).Ends(ExitCode.UsageOrLocalError, part);
    }

    [Fact]
    public async Task A_directory_without_a_dashboard_is_exit_2_with_what_to_start()
    {
        using var directory = new TemporaryDirectory();
        (await Run.AldisAsync("dashboard", "--data", directory.Path)).Ends(ExitCode.UsageOrLocalError, "start 'aldis serve --data");
    }

    private static async Task<Uri> LinkAsync(AldisProcess server)
    {
        await Wait.UntilAsync(() => server.ErrorLines.Any(static line => line.StartsWith(Line, StringComparison.Ordinal)));
        return new Uri(server.ErrorLines.First(static line => line.StartsWith(Line, StringComparison.Ordinal))[Line.Length..]);
    }

    private static async Task<HttpStatusCode> AskAsync(Uri link)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(link, "/api/v1/overview"));
        request.Headers.Add("Authorization", "Bearer " + link.Fragment["#token=".Length..]);
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
