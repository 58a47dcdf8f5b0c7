using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>A page that outlives its server.</summary>
public sealed class RestartTests(Chromium chromium)
{
    private const string Away = "The server does not answer";

    [Fact]
    public async Task A_page_says_that_its_server_is_away_and_goes_on_without_being_loaded_again()
    {
        await using DashboardProcess served = await DashboardProcess.StartAsync();
        await chromium.VisitAsync(served.View("events"), async tab =>
        {
            tab.Expect("net::ERR_");
            await Expect(tab.Heading("Events")).ToBeVisibleAsync();
            await tab.Page.EvaluateAsync("() => { window.isTheSamePage = true; }");
            await served.KillAsync();
            await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(Away);
            await served.RestartAsync();
            await Expect(tab.Page.GetByText(Away)).ToHaveCountAsync(0);
            using (LabClient client = await served.ConnectAsync("messages"))
            {
                await Expect(tab.Row(client.Address)).ToHaveCountAsync(1);
            }

            foreach (string name in new[] { "Overview", "Messages", "Clients", "Events" })
            {
                await tab.OpenAsync(name);
                await Expect(tab.Page.GetByText(Away)).ToHaveCountAsync(0);
            }

            Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.isTheSamePage"));
        });
    }

    [Fact]
    public async Task Each_page_comes_back_by_itself()
    {
        await using DashboardProcess served = await DashboardProcess.StartAsync();
        await served.SendPlainAsync("before the restart");
        string[] views = ["", "connections", "messages", "clients", "files", "links", "lab", "events"];
        var tabs = new List<Task>();
        var ready = new CountdownEvent(views.Length);
        var isBack = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (string view in views)
        {
            tabs.Add(chromium.VisitAsync(served.View(view), async tab =>
            {
                tab.Expect("net::ERR_");
                await Expect(tab.Page.Locator("h1")).ToHaveCountAsync(1);
                ready.Signal();
                await isBack.Task;
                await Expect(tab.Page.GetByText(Away)).ToHaveCountAsync(0);
                await Expect(tab.Main.Locator(".bad[role=alert]")).ToHaveCountAsync(0);
            }));
        }

        await Wait.UntilAsync(() => ready.IsSet || tabs.Exists(static one => one.IsFaulted));
        await served.KillAsync();
        await served.RestartAsync();
        isBack.SetResult();
        await Task.WhenAll(tabs);
    }

    [Fact]
    public async Task A_new_token_ends_the_session_of_a_page_that_is_open_and_the_old_link_lets_nobody_in()
    {
        await using DashboardProcess served = await DashboardProcess.StartAsync();
        await chromium.VisitAsync(served.View("events"), async tab =>
        {
            tab.Expect("401");
            tab.Expect("net::ERR_");
            await Expect(tab.Heading("Events")).ToBeVisibleAsync();
            string link = Assert.Single(await DashboardProcess.RunAsync("dashboard", "--new-token", "--data", served.Data));
            await Expect(tab.Heading("Open the link that the server printed")).ToBeVisibleAsync();
            await tab.Page.GotoAsync("about:blank");
            await tab.Page.GotoAsync(served.Link.ToString());
            await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The token is not the one of this server");
            await tab.Page.GotoAsync("about:blank");
            await tab.Page.GotoAsync(link);
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
        });
    }
}
