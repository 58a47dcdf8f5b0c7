using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>The laboratory in a browser: the exercises of a course, and arrows that are clicked away.</summary>
public sealed class LabPageTests(Chromium chromium, SharedServer shared)
{
    private readonly DashboardProcess _served = shared.Served;

    [Theory]
    [InlineData("Window 5, the first frame lost", "10, 5 of them again", "go-back-n")]
    [InlineData("The same, selective repeat", "6, 1 of them again", "selective-repeat")]
    [InlineData("The first acknowledgement lost", "4, 1 of them again", "stop-and-wait")]
    [InlineData("An acknowledgement lost, window 5", "5, 0 of them again", "go-back-n")]
    [InlineData("A time-out too short", "8, 4 of them again", "stop-and-wait")]
    public async Task An_exercise_gives_the_textbooks_answer(string exercise, string transmissions, string strategy) =>
        await chromium.VisitAsync(_served.View("lab"), async tab =>
        {
            await tab.Page.GetByLabel("Exercise").SelectOptionAsync(new SelectOptionValue { Label = exercise });
            await Expect(Fact(tab, "transmissions")).ToHaveTextAsync(transmissions);
            await Expect(tab.Page.GetByLabel("Strategy")).ToHaveValueAsync(strategy);
            await Expect(tab.Page.GetByLabel("What each side knows")).ToContainTextAsync("It has everything.");
            Assert.Contains($"strategy={strategy}", tab.Page.Url, StringComparison.Ordinal);
        });

    [Theory]
    [InlineData("Numbers too short: go-back-N")]
    [InlineData("Numbers too short: selective repeat")]
    public async Task A_window_larger_than_the_numbers_allow_has_a_frame_taken_for_another_and_says_which(string exercise) =>
        await chromium.VisitAsync(_served.View("lab"), async tab =>
        {
            await tab.Page.GetByLabel("Exercise").SelectOptionAsync(new SelectOptionValue { Label = exercise });
            await Expect(Fact(tab, "mistaken")).Not.ToHaveTextAsync("0 frames, 0 ACKs");
            ILocator knows = tab.Page.GetByLabel("What each side knows");
            int moments = await knows.Locator("li").CountAsync();
            bool isSaid = false;
            for (int moment = 0; moment < moments && !isSaid; moment++)
            {
                await tab.Button("step ▶").ClickAsync();
                await Expect(knows.Locator("li.on")).ToHaveCountAsync(1);
                isSaid = (await knows.Locator("section").First.InnerTextAsync()).Contains("in truth frame", StringComparison.Ordinal);
            }

            Assert.True(isSaid, "No moment says which frame was taken for which.");
        });

    [Fact]
    public async Task A_click_on_an_arrow_loses_it_and_another_on_its_name_does_not()
    {
        const string Experiment = "lab?strategy=stop-and-wait&frames=3";
        await chromium.VisitAsync(_served.View(Experiment), async tab =>
        {
            await Expect(Fact(tab, "transmissions")).ToHaveTextAsync("3, 0 of them again");
            await tab.Page.Locator(".ladder .losable").First.ClickAsync();
            await Expect(Fact(tab, "transmissions")).ToHaveTextAsync("4, 1 of them again");
            Assert.Equal("?strategy=stop-and-wait&frames=3&kill=data%3A1", new Uri(tab.Page.Url).Query);
            await tab.Page.ReloadAsync();
            await Expect(Fact(tab, "transmissions")).ToHaveTextAsync("4, 1 of them again");
            await tab.Page.GetByLabel("Experiment")
                .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "data:1" }).ClickAsync();
            await Expect(Fact(tab, "transmissions")).ToHaveTextAsync("3, 0 of them again");
        });
    }

    [Fact]
    public async Task A_run_plays_by_itself_and_what_comes_later_is_not_shown_yet() =>
        await chromium.VisitAsync(_served.View("lab?strategy=go-back-n&window=2&frames=2"), async tab =>
        {
            await tab.Button("play").ClickAsync();
            await Expect(tab.Main).ToContainTextAsync("moment 2 of ");
            await tab.Button("pause").ClickAsync();
            Assert.NotEqual(0, await tab.Page.Locator(".ladder .later").CountAsync());
            await tab.Button("show all").ClickAsync();
            await Expect(tab.Page.Locator(".ladder .later")).ToHaveCountAsync(0);
        });

    [Theory]
    [InlineData("SVG", "ladder.svg")]
    [InlineData("one HTML file", "ladder.html")]
    [InlineData("Mermaid", "ladder.mmd")]
    [InlineData("PNG", "ladder.png")]
    public async Task A_picture_can_be_taken_along(string form, string name) =>
        await chromium.VisitAsync(_served.View("lab?strategy=go-back-n&frames=5&kill=data:1"), async tab =>
        {
            IDownload download = await tab.Page.RunAndWaitForDownloadAsync(
                () => tab.Page.GetByLabel("Experiment").GetByText(form, new LocatorGetByTextOptions { Exact = true }).ClickAsync());
            Assert.Equal(name, download.SuggestedFilename);
            Assert.True(new FileInfo(await download.PathAsync()).Length > 500);
        });

    [Fact]
    public async Task A_wrong_experiment_is_a_sentence_that_says_what_is_right() =>
        await chromium.VisitAsync(_served.View("lab?frames=3"), async tab =>
        {
            tab.Expect("status of 400");

            // The page that comes with the run draws its fields anew.
            await Expect(Fact(tab, "transmissions")).ToBeVisibleAsync();
            await tab.Page.GetByLabel("Loss (0 to 0.9)").FillAsync("0.95");
            await tab.Page.GetByLabel("Loss (0 to 0.9)").BlurAsync();
            await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("from 0 to 0.9");
        });

    private static ILocator Fact(Tab tab, string name) =>
        tab.Main.Locator("dt").Filter(new LocatorFilterOptions { Has = tab.Page.GetByText(name, new PageGetByTextOptions { Exact = true }) })
            .Locator("xpath=following-sibling::dd[1]");
}
