using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>Every page on a small screen, in both themes, and for those who do not see it as others do.</summary>
public sealed class AppearanceTests(Chromium chromium, SharedServer shared)
{
    private static readonly ViewportSize Phone = new() { Width = 360, Height = 740 };

    private readonly DashboardProcess _served = shared.Served;

    /// <summary>The pages, and what is there when one is drawn; N is a connection, L a link whose frames are followed.</summary>
    public static TheoryData<string, string> Views => new()
    {
        { "", ".tile svg, .tile canvas" },
        { "connections", "tbody tr" },
        { "connections/N", ".histogram" },
        { "messages", "tbody tr" },
        { "clients", "tbody tr" },
        { "files", "tbody tr" },
        { "links", "h1" },
        { "links/L", ".frames tbody tr" },
        { "lab?strategy=go-back-n&window=5&frames=5&kill=data:1", ".ladder svg" },
        { "events", "tbody tr" },
        { "nowhere", "h1" },
    };

    [Theory]
    [MemberData(nameof(Views))]
    public async Task A_page_that_is_360_px_wide_is_not_scrolled_sideways(string view, string part)
    {
        using LabClient client = await UseAsync();
        await using OpenLink link = await OpenLink.OpenAsync(_served, "appearance-" + Guid.NewGuid().ToString("N")[..8]);
        await chromium.VisitAsync(
            _served.View(await AddressAsync(view, client, link)),
            async tab =>
            {
                await ShowAsync(tab, part, link);
                Assert.True(
                    await tab.Page.EvaluateAsync<bool>(
                        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                    "The page is wider than the screen.");
            },
            new BrowserNewContextOptions { ViewportSize = Phone });
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task A_page_has_contrast_and_labels_in_both_themes_and_on_a_small_screen(string view, string part)
    {
        using LabClient client = await UseAsync();
        await using OpenLink link = await OpenLink.OpenAsync(_served, "appearance-" + Guid.NewGuid().ToString("N")[..8]);
        await chromium.VisitAsync(_served.View(await AddressAsync(view, client, link)), async tab =>
        {
            await tab.Page.EmulateMediaAsync(
                new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce });
            await ShowAsync(tab, part, link);
            await tab.AssertAccessibleAsync();
            await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
            await tab.AssertAccessibleAsync();
            await tab.Page.SetViewportSizeAsync(Phone.Width, Phone.Height);
            await tab.AssertAccessibleAsync();
        });
    }

    [Fact]
    public async Task The_theme_is_the_systems_and_changes_with_it() =>
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
            Assert.True(await PaperIsBrighterThanInkAsync(tab));
            await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
            Assert.False(await PaperIsBrighterThanInkAsync(tab));
        });

    [Fact]
    public async Task Whoever_has_no_session_sees_a_page_with_contrast_and_labels() =>
        await chromium.VisitAsync(new Uri(_served.Link.GetLeftPart(UriPartial.Authority)), async tab =>
        {
            tab.Expect("401");
            await Expect(tab.Heading("Open the link that the server printed")).ToBeVisibleAsync();
            await tab.AssertAccessibleAsync();
        });

    private static Task<bool> PaperIsBrighterThanInkAsync(Tab tab) => tab.Page.EvaluateAsync<bool>(
        """
        () => {
          const brightness = color => color.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
          const style = getComputedStyle(document.body);
          return brightness(style.backgroundColor) > brightness(style.color);
        }
        """);

    private async Task<string> AddressAsync(string view, LabClient client, OpenLink link) => view switch
    {
        "connections/N" => "connections/" + await _served.FindNumberAsync("connections", client.Address),
        "links/L" => "links/" + link.Number,
        _ => view,
    };

    /// <summary>Waits until the page has what it is for; the frames of a link are followed until there are some, and held.</summary>
    private static async Task ShowAsync(Tab tab, string part, OpenLink link)
    {
        if (part.StartsWith(".frames", StringComparison.Ordinal))
        {
            await tab.Button("Follow its frames").ClickAsync();
            await Wait.UntilAsync(async () =>
            {
                await link.UseAsync();
                return await tab.Main.Locator(part).CountAsync() > 0;
            });
            await tab.Button("Hold").ClickAsync();
        }

        await Expect(tab.Main.Locator(part)).Not.ToHaveCountAsync(0);
    }

    /// <summary>Makes something that each page shows.</summary>
    private async Task<LabClient> UseAsync()
    {
        await _served.SendFileAsync("shown");
        LabClient client = await _served.ConnectNativeAsync("appearance-" + Guid.NewGuid().ToString("N")[..8]);
        await client.SendNativeAsync(1, "shown");
        return client;
    }
}
