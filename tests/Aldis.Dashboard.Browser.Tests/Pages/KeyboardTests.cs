using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>Everything that a mouse can do, a keyboard can.</summary>
public sealed class KeyboardTests(Chromium chromium, SharedServer shared)
{
    // Far more than a page has before what is looked for.
    private const int MostTabs = 200;

    private readonly DashboardProcess _served = shared.Served;

    [Fact]
    public async Task Every_page_is_reached_with_Tab_and_Enter() =>
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            string[] names = [.. await tab.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link).AllInnerTextsAsync()];
            Assert.True(names.Length >= 7, string.Join(", ", names));
            string key = "Tab";
            foreach (string name in names.Reverse())
            {
                await ReachAsync(tab, name, key);
                await tab.Page.Keyboard.PressAsync("Enter");
                await Expect(tab.Page.Locator("nav [aria-current=page]")).ToHaveTextAsync(name);
                await Expect(tab.Page.Locator("#main")).ToBeFocusedAsync();

                // The bar is before the page, which may have many rows.
                key = "Shift+Tab";
            }
        });

    [Fact]
    public async Task The_first_press_of_Tab_leads_past_the_bar() =>
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            await tab.Page.Keyboard.PressAsync("Tab");
            Assert.Equal("To the page", await FocusedAsync(tab));
            Assert.True(await tab.Page.GetByText("To the page").EvaluateAsync<bool>("link => link.getBoundingClientRect().left >= 0"));
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Page.Locator("#main")).ToBeFocusedAsync();
        });

    [Theory]
    [InlineData("connections")]
    [InlineData("messages")]
    [InlineData("clients")]
    [InlineData("files")]
    [InlineData("events")]
    public async Task A_slash_leads_to_the_filter_and_what_is_typed_filters(string view)
    {
        using LabClient client = await _served.ConnectNativeAsync("keyboard-1");
        await client.SendNativeAsync(1, "keyboard-1");
        await _served.SendFileAsync("keyboard");
        await chromium.VisitAsync(_served.View(view), async tab =>
        {
            await Expect(tab.Main.Locator("tbody tr")).Not.ToHaveCountAsync(0);
            await tab.Page.Keyboard.PressAsync("/");
            await Expect(tab.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
            await tab.Page.Keyboard.TypeAsync("nothing-has-this");
            await Expect(tab.Main.Locator("tbody tr")).ToHaveCountAsync(0);
            Assert.Contains("text=nothing-has-this", tab.Page.Url, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_message_is_looked_at_and_closed_again()
    {
        using LabClient client = await _served.ConnectNativeAsync("keyboard-2");
        await client.SendNativeAsync(1, "looked at by keyboard");
        await chromium.VisitAsync(_served.View("messages?client=keyboard-2"), async tab =>
        {
            await Expect(tab.Row("keyboard-2")).ToHaveCountAsync(1);
            await ReachAsync(tab, "Look at message 1 of keyboard-2");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Page.GetByRole(AriaRole.Complementary)).ToContainTextAsync("looked at by keyboard");
            await ReachAsync(tab, "Close");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Page.GetByRole(AriaRole.Complementary)).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task What_a_connection_says_is_shown_and_paused()
    {
        using LabClient client = await _served.ConnectNativeAsync("keyboard-3");
        await client.SendNativeAsync(1, "before");
        await chromium.VisitAsync(_served.View("connections/" + await _served.FindNumberAsync("connections", client.Address)), async tab =>
        {
            await ReachAsync(tab, "Show what messages say");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Button("Hide what messages say")).ToBeFocusedAsync();
            int next = 2;
            await Wait.UntilAsync(async () =>
            {
                await client.SendNativeAsync(next++, "said while it is read");
                return await tab.Row("said while it is read").CountAsync() > 0;
            });
            await tab.Page.Keyboard.PressAsync("Tab");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Button("Go on")).ToBeFocusedAsync();
            int rows = await tab.Row("said while it is read").CountAsync();
            await client.SendNativeAsync(next, "said while it is paused");
            await Expect(tab.Main.Locator("dl.facts dd").Filter(new LocatorFilterOptions { HasText = $"{next}" }).First).ToBeVisibleAsync();
            await Expect(tab.Row("said while it is read")).ToHaveCountAsync(rows);
            await Expect(tab.Row("said while it is paused")).ToHaveCountAsync(0);
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Row("said while it is paused")).ToHaveCountAsync(1);
        });
    }

    [Fact]
    public async Task The_frames_of_a_link_are_followed_filtered_and_held()
    {
        await using OpenLink link = await OpenLink.OpenAsync(_served, "keyboard-4");
        await chromium.VisitAsync(_served.View("links/" + link.Number), async tab =>
        {
            await ReachAsync(tab, "Follow its frames");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Wait.UntilAsync(async () =>
            {
                await link.UseAsync();
                return await tab.Row("received").CountAsync() > 0;
            });
            await ReachAsync(tab, "Hold");
            await tab.Page.Keyboard.PressAsync("Space");
            await Expect(tab.Button("Go on")).ToBeFocusedAsync();
            await tab.Page.Keyboard.PressAsync("/");
            await tab.Page.Keyboard.TypeAsync("nothing-has-this");
            await Expect(tab.Main.Locator("tbody tr")).ToHaveCountAsync(0);
            await Expect(tab.Main.Locator("svg.drawing [data-frame]")).Not.ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task An_experiment_is_set_stepped_through_and_an_arrow_lost() =>
        await chromium.VisitAsync(_served.View("lab?frames=2"), async tab =>
        {
            await Expect(tab.Page.Locator(".ladder svg")).ToBeVisibleAsync();
            await tab.Page.GetByLabel("Strategy").FocusAsync();
            await tab.Page.Keyboard.TypeAsync("go");
            await tab.Page.Keyboard.PressAsync("Tab");
            await Expect(tab.Page.GetByLabel("Strategy")).ToHaveValueAsync("go-back-n");
            await ReachAsync(tab, "step ▶");
            await tab.Page.Keyboard.PressAsync("Space");
            await Expect(tab.Main).ToContainTextAsync("moment 1 of ");
            await ReachAsync(tab, "Lose it (data:1)");
            await tab.Page.Keyboard.PressAsync("Enter");
            await Expect(tab.Main).ToContainTextAsync("4, 2 of them again");
        });

    private static async Task ReachAsync(Tab tab, string name, string key = "Tab")
    {
        for (int press = 0; press < MostTabs; press++)
        {
            await tab.Page.Keyboard.PressAsync(key);
            if (await FocusedAsync(tab) == name)
            {
                return;
            }
        }

        Assert.Fail($"Tab does not lead to '{name}'.");
    }

    private static Task<string> FocusedAsync(Tab tab) => tab.Page.EvaluateAsync<string>(
        "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()");
}
