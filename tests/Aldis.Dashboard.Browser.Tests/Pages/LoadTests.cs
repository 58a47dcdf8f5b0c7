using System.Globalization;
using System.Text.Json;
using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>Pages while more arrives than anybody can read.</summary>
public sealed class LoadTests(Chromium chromium, SharedServer shared)
{
    private const string RowInView =
        """
        () => {
          const row = [...document.querySelectorAll("main tbody tr")].find(one => one.getBoundingClientRect().top > 100);
          window.rowThatIsRead = row;
          return row.getBoundingClientRect().top;
        }
        """;

    private const string Still = "() => window.rowThatIsRead.isConnected ? window.rowThatIsRead.getBoundingClientRect().top : -1";

    // How long each frame took, by whole milliseconds, so that hours of it stay small.
    private const string CountFrames =
        """
        () => {
          const counts = window.frameCounts = new Uint32Array(5000);
          let before = performance.now();
          const count = now => {
            counts[Math.min(counts.length - 1, Math.max(0, Math.round(now - before)))]++;
            before = now;
            requestAnimationFrame(count);
          };
          requestAnimationFrame(count);
        }
        """;

    private const string FrameP99 =
        """
        () => {
          const all = window.frameCounts.reduce((sum, one) => sum + one, 0);
          let seen = 0;
          return window.frameCounts.findIndex(one => (seen += one) >= 0.99 * all);
        }
        """;

    private const double MostHeapMegabytes = 80;
    private const double MostGrowth = 1.25;

    private readonly DashboardProcess _served = shared.Served;

    [Fact]
    public async Task What_is_read_in_the_middle_of_a_list_stays_where_it_is_while_thousands_arrive()
    {
        using LabClient client = await _served.ConnectNativeAsync("crowd-1");
        int last = await client.SendManyAsync(first: 1, count: 150);
        await chromium.VisitAsync(_served.View("messages?client=crowd-1"), async tab =>
        {
            await Expect(tab.Row("crowd-1")).ToHaveCountAsync(100);
            await tab.Page.EvaluateAsync("() => scrollTo(0, 400)");
            double top = await tab.Page.EvaluateAsync<double>(RowInView);
            await Wait.UntilAsync(async () =>
            {
                last = await client.SendManyAsync(last + 1, count: 1000);
                return await tab.Main.Locator(".newer").CountAsync() > 0;
            });
            last = await client.SendManyAsync(last + 1, count: 5000);
            await client.SendNativeAsync(last + 1, "the very last");
            Assert.Equal(top, await tab.Page.EvaluateAsync<double>(Still), tolerance: 0.5);

            // Whoever wants them has what was told of, the last of all too.
            await Wait.UntilAsync(async () =>
            {
                ILocator bar = tab.Main.Locator(".newer");
                if (await bar.CountAsync() > 0)
                {
                    await bar.ClickAsync();
                }

                return await tab.Main.Locator("tbody tr").Last.Locator("td").Nth(2).InnerTextAsync() == Number(last + 1);
            });
        });
    }

    [Theory]
    [InlineData("crowd-2", "messages?client=crowd-2")]
    [InlineData("crowd-3", "connections/")]
    public async Task A_list_that_is_followed_keeps_nothing_of_what_has_left_it(string id, string view)
    {
        using LabClient client = await _served.ConnectNativeAsync(id);
        string number = view.EndsWith('/') ? await _served.FindNumberAsync("connections", client.Address) : string.Empty;
        await chromium.VisitAsync(_served.View(view + number), async tab =>
        {
            ICDPSession devTools = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
            await devTools.SendAsync("Performance.enable");
            ILocator rows = tab.Main.Locator("tbody tr");
            int last = 0;
            await Wait.UntilAsync(async () =>
            {
                await client.SendNativeAsync(++last, "one");
                return await rows.CountAsync() > 0;
            });
            var nodes = new List<double>();
            for (int time = 0; time < 3; time++)
            {
                // More than either list shows, and no faster than is told.
                for (int burst = 0; burst < 12; burst++)
                {
                    last = await client.SendManyAsync(last + 1, count: 50);
                    await Expect(rows.Last.Locator("td").Nth(2)).ToHaveTextAsync(Number(last));
                }

                await devTools.SendAsync("HeapProfiler.collectGarbage");
                nodes.Add(await ReadMetricAsync(devTools, "Nodes"));
            }

            Assert.True(nodes[2] <= nodes[0] * MostGrowth, $"after each time as much there were {string.Join(", ", nodes)} nodes");
        });
    }

    /// <summary>What <c>benchmarks/dashboard.sh</c> measures: <c>ALDIS_PAGE_LINK</c> says which dashboard, whose server is under load,
    /// <c>ALDIS_PAGE_VIEW</c> which page of it, and <c>ALDIS_PAGE_SECONDS</c> for how long.</summary>
    [Fact(Explicit = true)]
    public async Task A_page_that_is_open_under_load_stays_small_smooth_and_still()
    {
        string view = Environment.GetEnvironmentVariable("ALDIS_PAGE_VIEW") ?? string.Empty;
        var link = new Uri(Environment.GetEnvironmentVariable("ALDIS_PAGE_LINK")!);
        int seconds = int.Parse(Environment.GetEnvironmentVariable("ALDIS_PAGE_SECONDS") ?? "60", CultureInfo.InvariantCulture);
        await chromium.VisitAsync(new Uri("about:blank"), async blank =>
        {
            await blank.Page.EvaluateAsync(CountFrames);
            await chromium.VisitAsync(new Uri($"{link.GetLeftPart(UriPartial.Authority)}/{view}{link.Fragment}"), async tab =>
            {
                await Expect(tab.Main.Locator("tbody tr")).Not.ToHaveCountAsync(0);
                ICDPSession devTools = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
                await devTools.SendAsync("Performance.enable");
                await tab.Page.EvaluateAsync(CountFrames);
                await tab.Page.EvaluateAsync("() => scrollTo(0, document.documentElement.scrollHeight)");
                (double most, double early) = await WatchAsync(devTools, seconds / 3);

                // From here on somebody reads in the middle of it.
                await tab.Page.EvaluateAsync("() => scrollTo(0, 400)");
                double? top = view is "messages" or "events" ? await tab.Page.EvaluateAsync<double>(RowInView) : null;
                (double later, double late) = await WatchAsync(devTools, seconds - (seconds / 3));
                double jumped = top is { } was ? Math.Abs(await tab.Page.EvaluateAsync<double>(Still) - was) : 0;
                most = Math.Max(most, later);
                double frame = await tab.Page.EvaluateAsync<double>(FrameP99);
                double yardstick = await blank.Page.EvaluateAsync<double>(FrameP99);
                TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"page=/{view} seconds={seconds} heap_mb={most:0.0} live_mb={early:0.0},{late:0.0} "
                    + $"frame_p99_ms={frame} blank_page_p99_ms={yardstick} jumped_px={jumped:0}"));
                Assert.True(most <= MostHeapMegabytes, $"the heap had {most:0.0} MB");
                Assert.True(late <= (early * MostGrowth) + 1, $"what lives in the heap grew from {early:0.0} to {late:0.0} MB");
                Assert.True(jumped < 1, $"what was read moved by {jumped:0} px");
            });
        });
    }

    /// <summary>Looks at the heap every two seconds.</summary>
    /// <returns>The most it had, and what lives in it at the end, in megabytes.</returns>
    private static async Task<(double Most, double Live)> WatchAsync(ICDPSession devTools, int seconds)
    {
        double most = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        for (int passed = 0; passed < seconds; passed += 2)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            most = Math.Max(most, await ReadHeapAsync(devTools));
        }

        await devTools.SendAsync("HeapProfiler.collectGarbage");
        return (most, await ReadHeapAsync(devTools));
    }

    private static async Task<double> ReadHeapAsync(ICDPSession devTools) => await ReadMetricAsync(devTools, "JSHeapUsedSize") / 1e6;

    private static async Task<double> ReadMetricAsync(ICDPSession devTools, string name)
    {
        JsonElement metrics = (await devTools.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
        return metrics.EnumerateArray().First(one => one.GetProperty("name").GetString() == name).GetProperty("value").GetDouble();
    }

    private static string Number(int sequence) => sequence.ToString(CultureInfo.InvariantCulture);
}
