using System.Collections.Concurrent;
using Aldis.Cli.Tests.Server;
using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>What clients say is shown and never obeyed, and pages of others have nothing of the dashboard.</summary>
public sealed class AttackTests(Chromium chromium, SharedServer shared)
{
    private const string Bidi = "\u202egnp.exe\u2066x\u2069";

    // Each would leave a trace in the page if it were obeyed, and each begins with a word that is looked for.
    private static readonly string[] Hostile =
    [
        "evil-0 <script>window.isObeyed = 1</script>",
        "evil-1 <img src=x onerror=\"window.isObeyed=1\">",
        "evil-2 \"'><svg onload=window.isObeyed=1>",
        "evil-3 </pre></textarea></title></style><iframe srcdoc=\"<script>parent.isObeyed=1</script>\">",
        "evil-4 javascript:window.isObeyed=1",
        "evil-5 &lt;b&gt;&#x3c;i&#x3e; {{constructor.constructor('isObeyed=1')()}} ${1}",
        "evil-6 \u001b[31m\u001b]0;title\u0007\u009b2J",
        $"evil-7 {Bidi} \u200f\u2028\u2029\ufeff",
        "evil-8 {\"__proto__\":{\"isObeyed\":1},\"a\":\"\u202egnp\"}",
        "{\"evil\":\"9\",\"__proto__\":{\"isObeyed\":1},\"\u202egnp\":\"\u2066<img src=x onerror='isObeyed=1'>\"}",
    ];

    private readonly DashboardProcess _served = shared.Served;

    [Fact]
    public async Task What_a_payload_says_is_text_on_every_page_that_shows_it()
    {
        using LabClient client = await _served.ConnectNativeAsync("attack-1");
        int last = 0;
        foreach (string text in Hostile)
        {
            await client.SendNativeAsync(++last, text);
        }

        await chromium.VisitAsync(_served.View("messages?client=attack-1"), async tab =>
        {
            await Expect(tab.Row("attack-1")).ToHaveCountAsync(Hostile.Length);
            await tab.Button("Show what they say").ClickAsync();
            await Expect(tab.Row("<script>window.isObeyed = 1</script>")).ToHaveCountAsync(1);
            await AssertInertAsync(tab);
            for (int number = 1; number <= last; number++)
            {
                await tab.Button($"Look at message {number} of attack-1").ClickAsync();
                foreach (string form in new[] { "text", "json", "hex" })
                {
                    await tab.Button(form).ClickAsync();
                    await Expect(tab.Page.Locator("aside pre")).Not.ToBeEmptyAsync();
                    await AssertInertAsync(tab);
                }

                await tab.Button("Close").ClickAsync();
            }
        });
        await chromium.VisitAsync(_served.View("connections?text=attack-1"), async tab =>
        {
            await tab.Row("attack-1").GetByRole(AriaRole.Link).First.ClickAsync();
            await tab.Button("Show what messages say").ClickAsync();
            await Expect(tab.Button("Hide what messages say")).ToBeVisibleAsync();
            await Wait.UntilAsync(async () =>
            {
                foreach (string text in Hostile)
                {
                    await client.SendNativeAsync(++last, text);
                }

                return await tab.Row("evil-7").CountAsync() > 0;
            });
            await AssertInertAsync(tab);
        });
    }

    [Fact]
    public async Task What_a_client_says_in_place_of_an_id_or_a_header_is_text_on_every_page()
    {
        string[] first =
        [
            "ALDIS/1 messages client=<img/src=x/onerror=isObeyed=1>", "ALDIS/1 messages client=\u202egnp", "<script>isObeyed=1</script>",
            "GET /<svg/onload=isObeyed=1> HTTP/1.1", "\u001b[31m\u009b2J", "12 <b>isObeyed</b>",
        ];
        foreach (string words in first)
        {
            using LabClient client = await _served.ConnectAsync("messages");
            await client.SendAsync(words.PadRight(64));
            client.FinishWriting();
            await client.WaitForEndAsync();
        }

        foreach (string view in new[] { "", "connections", "events", "clients", "files", "links" })
        {
            await chromium.VisitAsync(_served.View(view), async tab =>
            {
                await Expect(tab.Page.Locator("nav [aria-current=page]")).ToHaveCountAsync(1);
                if (view is "" or "connections" or "events")
                {
                    await Expect(tab.Row("refused").Or(tab.Row("connection-closed"))).Not.ToHaveCountAsync(0);
                }

                await AssertInertAsync(tab);
            });
        }
    }

    [Fact]
    public async Task A_files_name_is_text_wherever_it_is_shown()
    {
        using var directory = new TemporaryDirectory();
        string[] names = ["<img src=x onerror=isObeyed=1>.txt", $"invoice {Bidi}", "\"'><script>isObeyed=1<", "\u001b[31mred\u0007"];
        foreach (string name in names)
        {
            string path = directory.Combine(name);
            await File.WriteAllTextAsync(path, "hostile", TestContext.Current.CancellationToken);

            // Some of them are refused, and then there is a word about that.
            _ = await AldisProcess.RunAsync(string.Empty, "copy", path, _served.EndPoints["files/tcp"].ToString());
        }

        foreach (string view in new[] { "files", "events" })
        {
            await chromium.VisitAsync(_served.View(view), async tab =>
            {
                await Expect(tab.Row("onerror=isObeyed=1>.txt")).Not.ToHaveCountAsync(0);
                await Expect(tab.Row("refused")).Not.ToHaveCountAsync(0);
                await AssertInertAsync(tab);
            });
        }
    }

    [Theory]
    [InlineData("messages?text=%3Cimg%20src%3Dx%20onerror%3DisObeyed%3D1%3E&client=%22%3E%3Cscript%3EisObeyed%3D1%3C%2Fscript%3E")]
    [InlineData("connections?service=%3Cscript%3EisObeyed%3D1%3C%2Fscript%3E&text=%E2%80%AEgnp")]
    [InlineData("connections/%3Cimg%20src%3Dx%20onerror%3DisObeyed%3D1%3E")]
    [InlineData("links/%22%3E%3Csvg%20onload%3DisObeyed%3D1%3E")]
    [InlineData("lab?strategy=%3Csvg%20onload%3DisObeyed%3D1%3E&kill=%3Cscript%3E")]
    [InlineData("lab?kill=%3Csvg%20onload%3DisObeyed%3D1%3E")]
    [InlineData("%3Cscript%3EisObeyed%3D1%3C%2Fscript%3E")]
    [InlineData("events?text=javascript%3AisObeyed%3D1")]
    public async Task What_an_address_says_is_text(string view) =>
        await chromium.VisitAsync(_served.View(view), async tab =>
        {
            tab.Expect("status of 40");
            await Expect(tab.Page.Locator("h1")).ToHaveCountAsync(1);
            await tab.Page.WaitForLoadStateAsync(LoadState.Load);
            await AssertInertAsync(tab, hasBidiOfItsOwn: true);
        });

    [Fact]
    public async Task A_page_of_another_origin_reads_and_changes_nothing_though_the_browser_has_a_session()
    {
        string root = _served.Link.GetLeftPart(UriPartial.Authority);
        await using var evil = new EvilSite(
            $$"""
            <img src="{{root}}/api/v1/overview">
            <form id="form" method="post" action="{{root}}/api/v1/session" enctype="text/plain" target="answer"><input name="a"></form>
            <iframe name="answer"></iframe>
            <script>
              window.attempts = Promise.all([
                fetch("{{root}}/api/v1/overview", { credentials: "include" }).then(answer => answer.text()),
                fetch("{{root}}/api/v1/overview", { credentials: "include", mode: "no-cors" }).then(answer => answer.text()),
                fetch("{{root}}/api/v1/session", { method: "DELETE", credentials: "include" }).then(answer => answer.text()),
                fetch("{{root}}/api/v1/overview", { headers: { Authorization: "Bearer x" } }).then(answer => answer.text()),
                new Promise((resolve, reject) => {
                  const stream = new EventSource("{{root}}/api/v1/events/stream", { withCredentials: true });
                  stream.onopen = () => resolve("open");
                  stream.onerror = reject;
                }),
              ].map(one => one.catch(() => "")));
              document.getElementById("form").submit();
            </script>
            """);
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            tab.Expect("CORS");
            tab.Expect("status of 403");
            tab.Expect("net::ERR_");
            tab.Expect("frame");
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            var statuses = new ConcurrentQueue<string>();
            tab.Page.Response += (_, answer) =>
            {
                if (answer.Url.StartsWith(root, StringComparison.Ordinal))
                {
                    statuses.Enqueue($"{answer.Request.Method} {answer.Status}");
                }
            };
            await tab.Page.GotoAsync(evil.Address.ToString());
            string[] read = await tab.Page.EvaluateAsync<string[]>("() => window.attempts");
            Assert.All(read, static text => Assert.Equal("", text));
            await Wait.UntilAsync(() => statuses.Contains("POST 403"));
            Assert.All(statuses, static one => Assert.Matches(" (401|403|404|405)$", one));

            // The session of the dashboard's own page is as it was.
            await tab.Page.GotoAsync(root);
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task The_dashboard_is_not_shown_in_a_frame_of_another_page()
    {
        string root = _served.Link.GetLeftPart(UriPartial.Authority);
        await using var evil = new EvilSite($"<iframe id=frame src=\"{root}/messages\"></iframe>");
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            tab.Expect("frame");
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            await tab.Page.GotoAsync(evil.Address.ToString());
            await Wait.UntilAsync(() => tab.AllComplaints.Any(static one => one.Contains("frame-ancestors", StringComparison.Ordinal)));
            await Expect(tab.Page.FrameLocator("#frame").Locator("#app")).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task By_another_name_that_leads_here_nothing_is_shown_and_no_token_is_taken()
    {
        string rebound = $"http://{Chromium.ReboundHost}:{_served.Link.Port}";
        await chromium.VisitAsync(_served.Link, async tab =>
        {
            tab.Expect("status of 421");
            tab.Expect("Content Security Policy");
            tab.Expect("Cross-Origin-Opener-Policy");
            await Expect(tab.Heading("All is well")).ToBeVisibleAsync();
            IResponse? page = await tab.Page.GotoAsync($"{rebound}/{_served.Link.Fragment}");
            Assert.Equal(421, page!.Status);

            // A page of that name may not even ask; and whoever asks by it in another way is refused.
            string token = _served.Link.Fragment["#token=".Length..];
            Assert.False(await tab.Page.EvaluateAsync<bool>("() => fetch('/api/v1/overview').then(() => true, () => false)"));
            IAPIResponse asked = await tab.Page.APIRequest.GetAsync(
                new Uri(_served.Link, "/api/v1/overview").ToString(),
                new APIRequestContextOptions
                {
                    Headers = new Dictionary<string, string>
                    {
                        ["Host"] = new Uri(rebound).Authority,
                        ["Authorization"] = "Bearer " + token,
                    },
                });
            Assert.Equal(421, asked.Status);
        });
    }

    /// <summary>Asserts that nothing that anybody said became a part of the page, and that what cannot be seen is made visible.</summary>
    private static async Task AssertInertAsync(Tab tab, bool hasBidiOfItsOwn = false)
    {
        Assert.Equal(
            "",
            await tab.Page.EvaluateAsync<string>(
                """
                () => [
                  window.isObeyed || ({}).isObeyed ? "something was obeyed" : "",
                  ...["script", "iframe", "img", "style", "[onerror]", "[onload]", "[srcdoc]", "a[href^='javascript']"]
                    .flatMap(one => [...document.querySelectorAll("main " + one)].map(found => found.outerHTML)),
                ].filter(one => one).join("\n")
                """));
        string text = await tab.Main.EvaluateAsync<string>(
            "main => main.innerText + [...main.querySelectorAll('[title], [aria-label]')].map(one => one.title + one.ariaLabel).join()");
        Assert.DoesNotMatch("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]", text);
        if (!hasBidiOfItsOwn)
        {
            Assert.DoesNotMatch("[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\u2028\\u2029]", text);
        }
    }
}
