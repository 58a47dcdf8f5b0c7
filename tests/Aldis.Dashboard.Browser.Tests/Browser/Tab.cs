using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Playwright;

namespace Aldis.Dashboard.Browser.Tests.Browser;

/// <summary>A page, and what it complained of: errors in its console, exceptions nobody caught.</summary>
public sealed class Tab
{
    private static readonly Lazy<string> Axe = new(static () => ReadResource("axe.min.js"));

    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly List<string> _expected = [];

    internal Tab(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
    }

    public IPage Page { get; }

    /// <summary>What it complained of.</summary>
    public IEnumerable<string> AllComplaints => _complaints;

    /// <summary>What it complained of, but for what was expected.</summary>
    public IEnumerable<string> Complaints =>
        _complaints.Where(one => !_expected.Exists(part => one.Contains(part, StringComparison.Ordinal)));

    /// <summary>The main part, without the bar above it.</summary>
    public ILocator Main => Page.Locator("main");

    /// <summary>What the test provokes the browser to say in the console.</summary>
    /// <param name="part">A part of the sentence.</param>
    public void Expect(string part) => _expected.Add(part);

    /// <summary>The heading of the page; waiting for it waits for the page.</summary>
    public ILocator Heading(string text) => Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = text, Level = 1 });

    /// <summary>Goes to another page by the bar, as a person does.</summary>
    public Task OpenAsync(string name) =>
        Page.GetByRole(AriaRole.Navigation)
            .GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = name, Exact = true }).ClickAsync();

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>The row of a table that has this text.</summary>
    public ILocator Row(string text) => Main.Locator("tbody tr").Filter(new LocatorFilterOptions { HasText = text });

    /// <summary>Asserts that axe-core finds nothing wrong in the page as it is: contrast, names, roles and the rest of WCAG 2.1.</summary>
    public async Task AssertAccessibleAsync()
    {
        await Page.EvaluateAsync(Axe.Value);
        string[] wrong = await Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run()).violations.flatMap(
              violation => violation.nodes.map(node => `${violation.id}: ${node.failureSummary.replaceAll("\n", " ")} ${node.html}`))
            """);
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private static string ReadResource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
