using Aldis.Dashboard.Browser.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>Takes the pictures of <c>docs/images</c> for <c>docs/images/make.sh</c>: of the dashboard that <c>ALDIS_PAGE_LINK</c> names, into
/// the folder that <c>ALDIS_PICTURES</c> names.</summary>
public sealed class PictureTests(Chromium chromium)
{
    private static readonly ViewportSize Slide = new() { Width = 1280, Height = 720 };

    // Presses Hold as soon as a lost frame and its repetition are drawn in the middle of the ladder.
    private const string HoldWhatIsLost =
        """
        () => new Promise(resolve => {
          const isInTheMiddle = one => {
            const y = Number(one?.querySelector("line").getAttribute("y1"));
            return y > 60 && y < 400;
          };
          const look = new MutationObserver(() => {
            const lost = [...document.querySelectorAll(".live .lost")];
            const again = [...document.querySelectorAll(".live .again")];
            if (lost.some(isInTheMiddle) && again.some(isInTheMiddle)) {
              look.disconnect();
              [...document.querySelectorAll("button")].find(one => one.textContent === "Hold").click();
              resolve();
            }
          });
          look.observe(document.querySelector("main"), { childList: true, subtree: true, attributes: true });
        })
        """;

    [Theory(Explicit = true)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Pictures_are_taken_in_both_themes(ColorScheme theme)
    {
        string link = Environment.GetEnvironmentVariable("ALDIS_PAGE_LINK")!;
        var options = new BrowserNewContextOptions { ViewportSize = Slide, ColorScheme = theme, ReducedMotion = ReducedMotion.Reduce };
        await chromium.VisitAsync(
            new Uri(link),
            async tab =>
            {
                await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
                await Expect(tab.Main.Locator(".tile canvas")).Not.ToHaveCountAsync(0);
                await TakeAsync(tab, "overview", theme);

                await tab.OpenAsync("Links");
                await tab.Row("pump-7").GetByRole(AriaRole.Link).First.ClickAsync();
                await tab.Button("Follow its frames").ClickAsync();
                await Expect(tab.Button("Hold")).ToBeVisibleAsync();
                await tab.Page.EvaluateAsync(HoldWhatIsLost);
                await Expect(tab.Button("Go on")).ToBeVisibleAsync();
                await tab.Page.SetViewportSizeAsync(Slide.Width, Slide.Height + 80);
                await tab.Main.Locator("h2", new LocatorLocatorOptions { HasText = "What passes now" })
                    .EvaluateAsync("head => scrollTo(0, head.offsetTop - 60)");
                await TakeAsync(tab, "ladder", theme);

                await tab.Page.SetViewportSizeAsync(Slide.Width + 280, Slide.Height + 180);
                await tab.Page.GotoAsync(new Uri(new Uri(link), "/lab?strategy=go-back-n&window=5&frames=5&kill=data:1").ToString());
                await Expect(tab.Page.Locator(".ladder svg")).ToBeVisibleAsync();
                await TakeAsync(tab, "lab", theme);
            },
            options);
    }

    private static Task<byte[]> TakeAsync(Tab tab, string name, ColorScheme theme) => tab.Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(
            Environment.GetEnvironmentVariable("ALDIS_PICTURES")!, theme == ColorScheme.Dark ? $"{name}-dark.png" : $"{name}.png"),
    });
}
