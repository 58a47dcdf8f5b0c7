using System.Globalization;
using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>Each page with real traffic of raw sockets.</summary>
public sealed class PageTests(Chromium chromium, SharedServer shared)
{
    private readonly DashboardProcess _served = shared.Served;

    [Fact]
    public async Task A_page_takes_the_token_out_of_its_address_and_shows_that_all_is_well() =>
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            Assert.DoesNotContain("token", tab.Page.Url, StringComparison.Ordinal);
            foreach (string service in new[] { "messages", "echo", "ack", "exchange", "files" })
            {
                await Expect(tab.Row($"{service}")).Not.ToHaveCountAsync(0);
            }
        });

    [Fact]
    public async Task What_goes_wrong_often_is_one_line_with_how_often()
    {
        for (int time = 0; time < 3; time++)
        {
            using LabClient client = await _served.ConnectAsync("messages");
            await client.SendAsync("GET / HTTP/1.1".PadRight(64));
            client.FinishWriting();
            await client.WaitForEndAsync();
        }

        await chromium.VisitAsync(_served.Link, async tab =>
        {
            ILocator row = tab.Row("connection-closed").Filter(new LocatorFilterOptions { HasText = "refused: the header is not a number" });
            await Expect(row).ToHaveCountAsync(1);
            string times = await row.Locator("td.number").InnerTextAsync();
            Assert.InRange(int.Parse(times[..^" ×".Length], NumberStyles.AllowThousands, CultureInfo.InvariantCulture), 3, int.MaxValue);
            await Expect(row).ToContainTextAsync("it may want another port");
        });
    }

    [Fact]
    public async Task The_page_of_a_connection_that_is_not_there_does_not_say_that_the_server_is_away() =>
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            tab.Expect("status of 404");
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            await tab.Page.AddInitScriptAsync(
                """
                window.saidAway = false;
                new MutationObserver(() => { saidAway ||= !!document.querySelector(".banner"); }).observe(document, { childList: true, subtree: true });
                """);

            // The stream is refused before the page has read that there is no such connection: it would not wait for the stream then.
            var refused = new TaskCompletionSource();
            tab.Page.Response += (_, response) =>
            {
                if (response.Url.EndsWith("/stream", StringComparison.Ordinal))
                {
                    refused.TrySetResult();
                }
            };
            await tab.Page.RouteAsync("**/connections/99999999", async route =>
            {
                if (route.Request.ResourceType == "fetch")
                {
                    await refused.Task;
                }

                await route.ContinueAsync();
            });
            await tab.Page.GotoAsync(_served.View("connections/99999999").ToString());
            await Expect(tab.Main).ToContainTextAsync("no open connection has this number");

            // What the page found out of the stream that was refused is drawn before it asks for events again.
            await tab.Page.WaitForRequestAsync(static request => request.Url.EndsWith("/events", StringComparison.Ordinal));
            Assert.False(await tab.Page.EvaluateAsync<bool>("() => window.saidAway"));
        });

    [Fact]
    public async Task The_overview_counts_messages_while_they_come() =>
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            using LabClient client = await _served.ConnectNativeAsync("overview-1");
            ILocator tile = tab.Main.Locator(".tile").Filter(new LocatorFilterOptions { HasText = "Messages" }).First;
            string? before = await tile.Locator(".big").GetAttributeAsync("title");
            await client.SendNativeAsync(1, "one more");
            await Expect(tile.Locator(".big")).Not.ToHaveAttributeAsync("title", before!);
        });

    [Fact]
    public async Task A_connection_is_there_while_it_is_open_with_what_it_said() =>
        await chromium.VisitAsync(_served.View("connections?text=connection-1"), async tab =>
        {
            // What the browser says of a connection that is over while its page is open.
            tab.Expect("status of 404");
            await Expect(tab.Main).ToContainTextAsync("No connection");
            using (LabClient client = await _served.ConnectNativeAsync("connection-1"))
            {
                await client.SendNativeAsync(1, "fifteen letters");
                ILocator row = tab.Row("connection-1");
                await Expect(row).ToContainTextAsync(client.Address);
                await Expect(row).ToContainTextAsync("messages");
                await row.GetByRole(AriaRole.Link).First.ClickAsync();
                await Expect(tab.Main).ToContainTextAsync(client.Address);
                await tab.Button("Show what messages say").ClickAsync();
                await Expect(tab.Button("Hide what messages say")).ToBeVisibleAsync();
                await SayUntilSeenAsync(client, tab);
            }

            await Expect(tab.Main).ToContainTextAsync("connection-closed");
            await tab.Page.GoBackAsync();
            await Expect(tab.Main).ToContainTextAsync("No connection");
        });

    [Fact]
    public async Task Messages_come_while_the_page_is_open_and_say_nothing_until_they_are_asked() =>
        await chromium.VisitAsync(_served.View("messages?client=messages-1"), async tab =>
        {
            await Expect(tab.Main).ToContainTextAsync("No message that fits the filter");
            using LabClient client = await _served.ConnectNativeAsync("messages-1");
            await client.SendNativeAsync(1, "{\"level\": 7}");
            await Expect(tab.Row("messages-1")).ToHaveCountAsync(1);
            await Expect(tab.Main).Not.ToContainTextAsync("level");
            await tab.Button("Show what they say").ClickAsync();
            await Expect(tab.Row("messages-1")).ToContainTextAsync("{\"level\": 7}");
            await tab.Button("Look at message 1 of messages-1").ClickAsync();
            ILocator side = tab.Page.GetByRole(AriaRole.Complementary);
            await side.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "hex" }).ClickAsync();
            await Expect(side.Locator("pre")).ToContainTextAsync("7b 22 6c 65 76 65 6c 22 3a 20 37 7d");
            await side.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "json" }).ClickAsync();
            await Expect(side.Locator("pre")).ToHaveTextAsync("{\n  \"level\": 7\n}");
        });

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task What_cannot_be_seen_in_a_message_is_made_visible_in_every_form(string form)
    {
        string id = "hidden-" + form;
        using LabClient client = await _served.ConnectNativeAsync(id);
        await client.SendNativeAsync(1, "{\"file\": \"gpj.\u202Eexe\", \"of\": \"a\u200Bb\u0085c\u2066d\", \"big\": 12345678901234567890.10}");
        await chromium.VisitAsync(_served.View("messages?client=" + id), async tab =>
        {
            await tab.Button($"Look at message 1 of {id}").ClickAsync();
            ILocator side = tab.Page.GetByRole(AriaRole.Complementary);
            await side.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = form }).ClickAsync();
            await Expect(side.Locator("pre")).ToContainTextAsync("\"gpj.\\u{202e}exe\"");
            await Expect(side.Locator("pre")).ToContainTextAsync("\"a\\u{200b}b\\u{85}c\\u{2066}d\"");
            await Expect(side.Locator("pre")).ToContainTextAsync("12345678901234567890.10");
            await Expect(side).ToContainTextAsync(", from byte ");

            // The address has the message and its form: whoever is sent it sees the same.
            await tab.Page.ReloadAsync();
            await Expect(side.Locator("pre")).ToContainTextAsync("12345678901234567890.10");
            await Expect(tab.Page.Locator("tr.on")).ToHaveCountAsync(1);
            Assert.DoesNotMatch("[\\p{Cf}\u0085]", await side.InnerTextAsync());
        });
    }

    [Fact]
    public async Task What_a_client_sent_again_is_said_where_its_messages_are()
    {
        using (LabClient first = await _served.ConnectNativeAsync("repeats-1"))
        {
            await first.SendNativeAsync(1, "once");
        }

        using LabClient client = await _served.ConnectNativeAsync("repeats-1");
        await client.SendNativeAsync(1, "once");
        await chromium.VisitAsync(_served.View("messages?client=repeats-1"), async tab =>
        {
            await Expect(tab.Row("repeats-1")).ToHaveCountAsync(1);
            await Expect(tab.Main).ToContainTextAsync("1 sent again by repeats-1, not stored twice");
        });
    }

    [Fact]
    public async Task A_message_that_comes_while_the_page_begins_to_follow_is_there_once()
    {
        using LabClient client = await _served.ConnectNativeAsync("begins-1");
        await client.SendNativeAsync(1, "before");
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            var mayFollow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await tab.Page.RouteAsync(static address => address.Contains("/messages/stream?", StringComparison.Ordinal), async route =>
            {
                await mayFollow.Task;
                await route.ContinueAsync();
            });
            await tab.Page.GotoAsync(_served.View("messages?client=begins-1").ToString());
            await Expect(tab.Row("begins-1")).ToHaveCountAsync(1);
            await client.SendNativeAsync(2, "meanwhile");
            mayFollow.SetResult();
            await Expect(tab.Row("begins-1")).ToHaveCountAsync(2);
            await client.SendNativeAsync(3, "after");
            await Expect(tab.Row("begins-1")).ToHaveCountAsync(3);
        });
    }

    [Fact]
    public async Task A_paused_list_of_messages_does_not_move_and_what_came_waits_behind_a_bar()
    {
        using LabClient client = await _served.ConnectNativeAsync("paused-1");
        await client.SendNativeAsync(1, "before");
        await chromium.VisitAsync(_served.View("messages?client=paused-1"), async tab =>
        {
            await Expect(tab.Row("paused-1")).ToHaveCountAsync(1);
            await tab.Button("Pause").ClickAsync();
            await Expect(tab.Button("Go on")).ToBeVisibleAsync();
            await SendUntilAsync(client, first: 2, async () => await tab.Main.Locator(".newer").CountAsync() > 0);
            await Expect(tab.Row("paused-1")).ToHaveCountAsync(1);
            await tab.Main.Locator(".newer").ClickAsync();
            await Expect(tab.Row("paused-1")).Not.ToHaveCountAsync(1);
        });
    }

    [Fact]
    public async Task Only_messages_that_a_filter_names_are_there_and_its_address_has_it()
    {
        using LabClient client = await _served.ConnectNativeAsync("filtered-1");
        await client.SendNativeAsync(1, "water 4");
        await client.SendNativeAsync(2, "oil 7");
        await chromium.VisitAsync(_served.View("messages?client=filtered-1"), async tab =>
        {
            await Expect(tab.Row("filtered-1")).ToHaveCountAsync(2);
            await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync("oil");
            await Expect(tab.Row("filtered-1")).ToHaveCountAsync(1);
            Assert.Contains("text=oil", tab.Page.Url, StringComparison.Ordinal);
            await tab.Page.ReloadAsync();
            await Expect(tab.Row("filtered-1")).ToHaveCountAsync(1);
            IDownload download = await tab.Page.RunAndWaitForDownloadAsync(
                () => tab.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "NDJSON" }).ClickAsync());
            string[] lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
            Assert.Contains("oil 7", Assert.Single(lines), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Messages_are_found_by_when_they_came_and_the_address_has_it()
    {
        using LabClient client = await _served.ConnectNativeAsync("moments-1");
        await client.SendNativeAsync(1, "now");
        await chromium.VisitAsync(_served.View("messages?client=moments-1"), async tab =>
        {
            await Expect(tab.Row("moments-1")).ToHaveCountAsync(1);
            await tab.Page.GetByLabel("Until").FillAsync("2020-01-01T06:00:07");
            await Expect(tab.Main).ToContainTextAsync("No message that fits the filter");
            Assert.Contains("until=20", tab.Page.Url, StringComparison.Ordinal);
            await tab.Page.ReloadAsync();
            await Expect(tab.Page.GetByLabel("Until")).ToHaveValueAsync("2020-01-01T06:00:07");
            await Expect(tab.Main).ToContainTextAsync("No message that fits the filter");
            await tab.Page.GetByLabel("Until").FillAsync("");
            await tab.Page.GetByLabel("From").FillAsync("2020-01-01T06:00:07");
            await Expect(tab.Row("moments-1")).ToHaveCountAsync(1);
            Assert.Contains("since=20", tab.Page.Url, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Clients_have_their_last_number_and_the_connection_they_have()
    {
        using LabClient client = await _served.ConnectNativeAsync("client-1");
        await client.SendNativeAsync(1, "one");
        await client.SendNativeAsync(2, "two");
        await chromium.VisitAsync(_served.View("clients?text=client-1"), async tab =>
        {
            await Expect(tab.Row("client-1").Locator("td").Nth(3)).ToHaveTextAsync("2");
            await Expect(tab.Row("client-1").Locator("svg[aria-label^='client-1: 2 messages in the last day']")).ToHaveCountAsync(1);
            await Expect(tab.Row("client-1").GetByRole(AriaRole.Link)).ToHaveCountAsync(2);
        });
    }

    [Fact]
    public async Task A_file_that_came_is_there_with_its_size() =>
        await chromium.VisitAsync(_served.View("files"), async tab =>
        {
            await _served.SendFileAsync("a file of thirty-one characters");
            await Expect(tab.Row("31 B")).ToContainTextAsync("received_file");
        });

    [Fact]
    public async Task A_file_that_is_under_way_is_there_with_what_has_come_and_how_fast_until_it_is_whole()
    {
        using LabClient client = await _served.BeginFileAsync();
        await chromium.VisitAsync(_served.View("files?text=" + Uri.EscapeDataString(client.Address)), async tab =>
        {
            await client.SendAsync(new string('x', 100_000));
            ILocator row = tab.Row("97.7 KiB");
            await Expect(row).ToContainTextAsync("received_file");
            await Expect(row).ToContainTextAsync(client.Address);
            await Expect(row.Locator("td").Nth(5)).ToContainTextAsync("B/s");
            await Expect(row).ToContainTextAsync("waits for the rest of a file");
            client.FinishWriting();
            await client.WaitForEndAsync();
            await Expect(tab.Main).ToContainTextAsync("Nothing that fits the filter is being received.");
            await Expect(tab.Row("97.7 KiB")).ToContainTextAsync("file-received");
        });
    }

    [Fact]
    public async Task Events_come_by_themselves_with_their_numbers_and_a_filter_finds_them() =>
        await chromium.VisitAsync(_served.View("events"), async tab =>
        {
            string address;
            using (LabClient client = await _served.ConnectAsync("echo"))
            {
                address = client.Address;
                await Expect(tab.Row(address)).ToHaveCountAsync(1);
            }

            await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync(address);
            await Expect(tab.Main.Locator("tbody tr")).ToHaveCountAsync(2);
            await Expect(tab.Main).ToContainTextAsync("connection-opened");
            await Expect(tab.Main).ToContainTextAsync("connection-closed");
        });

    [Fact]
    public async Task Events_that_come_while_others_are_read_wait_behind_a_bar() =>
        await chromium.VisitAsync(_served.View("events"), async tab =>
        {
            for (int connection = 0; connection < 30; connection++)
            {
                using LabClient client = await _served.ConnectAsync("echo");
            }

            await Wait.UntilAsync(async () => await tab.Main.Locator("tbody tr").CountAsync() >= 60);
            await tab.Page.EvaluateAsync("() => scrollTo(0, 600)");
            await Wait.UntilAsync(async () =>
            {
                using LabClient client = await _served.ConnectAsync("echo");
                return await tab.Main.Locator(".newer").CountAsync() > 0;
            });
            string newest = await tab.Main.Locator("tbody tr").First.InnerTextAsync();
            using LabClient last = await _served.ConnectAsync("exchange");
            string before = await tab.Main.Locator(".newer").InnerTextAsync();
            await Expect(tab.Main.Locator(".newer")).Not.ToHaveTextAsync(before);
            Assert.Equal(newest, await tab.Main.Locator("tbody tr").First.InnerTextAsync());
            await tab.Main.Locator(".newer").ClickAsync();
            await Expect(tab.Row(last.Address)).ToHaveCountAsync(1);
            await Expect(tab.Main.Locator(".newer")).ToHaveCountAsync(0);
        });

    private static Task SayUntilSeenAsync(LabClient client, Tab tab) =>
        SendUntilAsync(client, first: 2, async () => await tab.Row("fifteen letters").CountAsync() > 0);

    /// <summary>A stream of the page begins when it begins: messages are sent until one is seen.</summary>
    private static Task SendUntilAsync(LabClient client, int first, Func<Task<bool>> isSeen)
    {
        int next = first;
        return Wait.UntilAsync(async () =>
        {
            await client.SendNativeAsync(next++, "fifteen letters");
            return await isSeen();
        });
    }
}
