using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>What was said on both sides of a connection of any transport, as a ladder.</summary>
public sealed class SaidLadderTests(Chromium chromium, SharedServer shared)
{
    private readonly DashboardProcess _served = shared.Served;

    [Fact]
    public async Task Each_message_of_a_connection_over_tcp_is_drawn_with_its_acknowledgement_behind_it()
    {
        using LabClient client = await _served.ConnectNativeAsync("said-1");
        await client.SendNativeAsync(1, "before anybody looks");
        await chromium.VisitAsync(_served.View("connections?text=said-1"), async tab =>
        {
            await tab.Row("said-1").GetByRole(AriaRole.Link).First.ClickAsync();
            int last = 1;
            await Wait.UntilAsync(async () =>
            {
                await client.SendNativeAsync(++last, "fifteen letters");
                return (await SaidAsync(tab)).Length > 0;
            });
            for (int more = 0; more < 3; more++)
            {
                await client.SendNativeAsync(++last, "fifteen letters");
            }

            await Expect(tab.Page.Locator($"g.ack[data-said^='ACK {last},']")).ToHaveCountAsync(1);

            // The page may have begun to look between a message and its acknowledgement.
            string[] said = [.. (await SaidAsync(tab)).SkipWhile(static one => one.StartsWith("ACK", StringComparison.Ordinal))];
            int first = last - (said.Length / 2) + 1;
            Assert.InRange(first, 2, last - 3);
            for (int number = first; number <= last; number++)
            {
                Assert.Equal($"message {number}, 15 B", said[2 * (number - first)]);
                Assert.Matches($"^ACK {number}, [0-9.]+ (µs|ms|s) after message {number}$", said[(2 * (number - first)) + 1]);
            }
        });
    }

    [Fact]
    public async Task A_message_without_a_number_has_the_answer_behind_it_and_what_is_refused_says_why()
    {
        using LabClient client = await _served.ConnectAsync("messages");
        await chromium.VisitAsync(_served.View("connections?text=" + client.Address), async tab =>
        {
            // What the browser says of a connection that is over while its page is open.
            tab.Expect("status of 404");
            await tab.Row(client.Address).GetByRole(AriaRole.Link).First.ClickAsync();
            await Wait.UntilAsync(async () =>
            {
                await client.SendAsync(LabFrame.Of("hello"));
                await client.ReceiveTextAsync(LabFrame.Confirmation.Length);
                return (await SaidAsync(tab)).Length > 0;
            });
            await client.SendAsync(LabFrame.Header("letters"));
            await Expect(tab.Page.Locator("g.refused")).ToHaveCountAsync(1);
            string[] said = [.. (await SaidAsync(tab)).SkipWhile(static one => one.StartsWith("ack", StringComparison.Ordinal))];
            Assert.Equal("message, 5 B", said[0]);
            Assert.Matches("^acknowledged, [0-9.]+ (µs|ms|s) after it$", said[1]);
            Assert.Contains("refused: bad-frame", said);
        });
    }

    private static async Task<string[]> SaidAsync(Tab tab) =>
        await tab.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('g[data-said]')].map(one => one.dataset.said)");
}
