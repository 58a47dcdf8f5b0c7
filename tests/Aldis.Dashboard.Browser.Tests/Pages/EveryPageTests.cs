using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>What is so on every page: each number says what it means, each table is filtered from the keyboard, each view has an address.</summary>
public sealed class EveryPageTests(Chromium chromium, SharedServer shared) : IAsyncLifetime
{
    private const string Nonsense = "nothing-has-this";

    // The sentences that explain a number are where the mouse is, and where the keyboard is: in the head of its column, in the term of its list,
    // in the heading of its tile; or beside it.
    private const string Unexplained = """
        () => {
          const main = document.querySelector("main");
          const words = element => element?.getAttribute("title")?.trim();
          const help = element => words(element?.querySelector(".help[tabindex='0'][title]"));
          const explained = element => {
            const cell = element.closest("td");
            if (cell) {
              return help(cell.closest("table").tHead?.rows[0].cells[cell.cellIndex]);
            }
            const item = element.closest("dd");
            if (item && help(item.previousElementSibling)) {
              return true;
            }
            return help(element.closest(".tile")?.querySelector("h2")) || words(element.closest("[title]"));
          };
          const wrong = [];
          for (const table of main.querySelectorAll("table")) {
            for (const head of table.tHead?.rows[0].cells ?? [table]) {
              if (!help(head)) {
                wrong.push(`column '${head.textContent.slice(0, 40)}'`);
              }
            }
          }
          for (const tile of main.querySelectorAll(".tile")) {
            if (!help(tile.querySelector("h2"))) {
              wrong.push(`tile '${tile.textContent.slice(0, 40)}'`);
            }
          }
          const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const text = walker.currentNode;
            const own = text.parentElement.closest("h1, pre, code, .mono, button, select, label, svg");
            if (/\d/.test(text.data) && (!own || own.closest("td")) && !explained(text.parentElement)) {
              wrong.push(`'${text.data.trim().slice(0, 60)}'`);
            }
          }
          return wrong;
        }
        """;

    private readonly DashboardProcess _served = shared.Served;
    private OpenLink _link = null!;

    /// <summary>The pages, and what is there when one is drawn; N is a connection, L a link.</summary>
    public static TheoryData<string, string> Views => new()
    {
        { "", "tbody tr" },
        { "connections", "tbody tr" },
        { "connections/N", "dl.facts" },
        { "messages", "tbody tr" },
        { "clients", ".day" },
        { "files", "tbody tr" },
        { "links", "tbody tr" },
        { "links/L", "dl.facts" },
        { "lab?strategy=go-back-n&window=5&frames=5&kill=data:1", ".ladder svg" },
        { "events", "tbody tr" },
    };

    public async ValueTask InitializeAsync() => _link = await OpenLink.OpenAsync(_served, "every-page-" + Guid.NewGuid().ToString("N")[..8]);

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Every_number_has_an_explanation_where_the_mouse_and_the_keyboard_are(string view, string part)
    {
        using LabClient client = await UseAsync();
        await chromium.VisitAsync(_served.View(await AddressAsync(view, client)), async tab =>
        {
            await Expect(tab.Main.Locator(part)).Not.ToHaveCountAsync(0);
            string[] wrong = await tab.Page.EvaluateAsync<string[]>(Unexplained);
            Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        });
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Every_table_is_filtered_from_the_keyboard_and_the_address_has_the_filter(string view, string part)
    {
        using LabClient client = await UseAsync();
        await chromium.VisitAsync(_served.View(await AddressAsync(view, client)), async tab =>
        {
            await Expect(tab.Main.Locator(part)).Not.ToHaveCountAsync(0);
            int tables = await tab.Main.Locator("table").CountAsync();
            int fields = await tab.Main.Locator("input[type=search]").CountAsync();
            Assert.True(tables == 0 || fields > 0, $"{tables} tables, and no field that filters");
            for (int field = 0; field < fields; field++)
            {
                await tab.Page.Keyboard.PressAsync("/");
                Assert.True(await tab.Page.EvaluateAsync<bool>($"() => document.activeElement === document.querySelectorAll('main input[type=search]')[{field}]"));
                await tab.Page.Keyboard.TypeAsync(Nonsense);
                await tab.Page.Keyboard.PressAsync("Escape");
            }

            if (fields > 0)
            {
                await Expect(tab.Main.Locator("tbody tr")).ToHaveCountAsync(0);
                Assert.Contains(Nonsense, tab.Page.Url, StringComparison.Ordinal);
                await tab.Page.ReloadAsync();
                await Expect(tab.Main.Locator("input[type=search]").First).ToHaveValueAsync(Nonsense);
                await Expect(tab.Main.Locator("tbody tr")).ToHaveCountAsync(0);
            }
        });
    }

    [Fact]
    public async Task What_an_explanation_says_is_shown_where_the_keyboard_is() =>
        await chromium.VisitAsync(_served.View("connections"), async tab =>
        {
            using LabClient client = await UseAsync();
            await Expect(tab.Main.Locator("th .help")).Not.ToHaveCountAsync(0);
            await tab.Page.Keyboard.PressAsync("/");
            for (int press = 0; press < 2; press++)
            {
                await tab.Page.Keyboard.PressAsync("Tab");
            }

            await Expect(tab.Page.Locator(".tip")).ToHaveTextAsync("the number of the connection since the server started; events have it too");
            await tab.Page.Keyboard.PressAsync("Escape");
            await Expect(tab.Page.Locator(".tip")).ToBeHiddenAsync();
        });

    [Fact]
    public async Task The_page_of_a_connection_says_that_it_has_ended_and_asks_no_more()
    {
        string number;
        using (LabClient client = await UseAsync())
        {
            number = (await AddressAsync("connections/N", client))["connections/".Length..];
            await chromium.VisitAsync(_served.View("connections/" + number), async tab =>
            {
                tab.Expect("status of 404");
                await Expect(tab.Main.Locator("dl.facts")).ToHaveCountAsync(1);
                int asked = 0;
                tab.Page.Request += (_, request) => asked += request.Url.Contains($"/connections/{number}", StringComparison.Ordinal) ? 1 : 0;
                client.Dispose();
                await Expect(tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Status).Filter(new() { HasText = "It has ended" })).ToBeVisibleAsync();
                await Expect(tab.Main).ToContainTextAsync("What is here is as it was last.");
                await SettledAsync(tab, () => asked);
            });
        }

        await chromium.VisitAsync(_served.View("connections/" + number), async tab =>
        {
            tab.Expect("status of 404");
            int asked = 0;
            tab.Page.Request += (_, request) => asked += request.Url.Contains($"/connections/{number}", StringComparison.Ordinal) ? 1 : 0;
            await Expect(tab.Main).ToContainTextAsync("It has ended");
            await SettledAsync(tab, () => asked);
        });
    }

    /// <summary>Waits until the page has asked for other things three times since it asked for this last.</summary>
    private static async Task SettledAsync(Tab tab, Func<int> asked)
    {
        int before;
        do
        {
            before = asked();
            for (int other = 0; other < 3; other++)
            {
                await tab.Page.WaitForRequestAsync(static request => request.Url.EndsWith("/events", StringComparison.Ordinal));
            }
        }
        while (asked() != before);
    }

    private async Task<string> AddressAsync(string view, LabClient client) => view switch
    {
        "connections/N" => "connections/" + await _served.FindNumberAsync("connections", client.Address),
        "links/L" => "links/" + _link.Number,
        _ => view,
    };

    /// <summary>Makes something that each page shows.</summary>
    private async Task<LabClient> UseAsync()
    {
        await _served.SendFileAsync("shown");
        LabClient client = await _served.ConnectNativeAsync("every-page-" + Guid.NewGuid().ToString("N")[..8]);
        await client.SendNativeAsync(1, "shown");
        return client;
    }
}
