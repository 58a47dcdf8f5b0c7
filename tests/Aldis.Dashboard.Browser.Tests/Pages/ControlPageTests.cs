using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>What a page can change, where the server allows it.</summary>
public sealed class ControlPageTests(Chromium chromium, SharedServer shared)
{
    private const string Tokens = "pump-7 sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef ids=pump-*\n";

    [Fact]
    public async Task A_page_that_only_shows_has_no_button_to_end_a_connection()
    {
        using LabClient client = await shared.Served.ConnectNativeAsync("control-1");
        await chromium.VisitAsync(shared.Served.View("connections?text=control-1"), async tab =>
        {
            await tab.Row("control-1").GetByRole(Microsoft.Playwright.AriaRole.Link).First.ClickAsync();
            await Expect(tab.Main).ToContainTextAsync(client.Address);
            await Expect(tab.Button("Disconnect")).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task A_connection_is_ended_after_a_second_press_and_the_page_says_that_it_has_ended()
    {
        await using DashboardProcess served = await DashboardProcess.StartAsync("--dashboard-control");
        using LabClient client = await served.ConnectNativeAsync("control-2");
        await chromium.VisitAsync(served.View("connections/1"), async tab =>
        {
            // What the browser says of a connection that is over while its page is open.
            tab.Expect("status of 404");
            await tab.Button("Disconnect").ClickAsync();
            await tab.Button("Really disconnect it?").ClickAsync();
            await Expect(tab.Main).ToContainTextAsync("ended at the dashboard, by 127.0.0.1");
            await Expect(tab.Button("Disconnect")).ToHaveCountAsync(0);
        });
        Assert.StartsWith("NAK 1 shutting-down", await client.ReceiveTextAsync(64), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_taken_back_and_given_back_by_the_keyboard_alone()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.Combine("tokens"), Tokens, TestContext.Current.CancellationToken);
        await using DashboardProcess served = await DashboardProcess.StartAsync(
            "--dashboard-control", "--tokens", directory.Combine("tokens"), "--tokens-exempt", "loopback");
        await chromium.VisitAsync(served.View("clients"), async tab =>
        {
            await Expect(tab.Row("pump-7")).ToContainTextAsync("counts");
            await tab.Button("Take back").FocusAsync();
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Row("pump-7")).ToContainTextAsync("Really take it back?");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Row("pump-7")).ToContainTextAsync("taken back");
            await tab.AssertAccessibleAsync();
            await tab.Button("Give back").ClickAsync();
            await tab.Button("Really give it back?").ClickAsync();
            await Expect(tab.Row("pump-7")).ToContainTextAsync("counts");
        });
        Assert.Equal(Tokens, await File.ReadAllTextAsync(directory.Combine("tokens"), TestContext.Current.CancellationToken));
    }
}
