using Aldis.Dashboard.Browser.Tests.Browser;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Aldis.Dashboard.Browser.Tests.Browser;

/// <summary>The system's Chromium, without a window, started once for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>A name that leads to this machine, as that of somebody else may.</summary>
    public const string ReboundHost = "rebound.example";

    // A ceiling that matters only where a test fails.
    private const float PatienceMilliseconds = 30_000;

    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } program)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,

            // Chromium's sandbox does not run as root, which a container is.
            Args =
            [
                $"--host-resolver-rules=MAP {ReboundHost} 127.0.0.1", .. Environment.UserName == "root" ? new[] { "--no-sandbox" } : [],
            ],
        });
    }

    /// <summary>Visits a page as somebody who was never here, and asserts that the page complained of nothing.</summary>
    /// <param name="address">The page.</param>
    /// <param name="visit">What is done there.</param>
    /// <param name="options">The screen, the theme and the like.</param>
    public async Task VisitAsync(Uri address, Func<Tab, Task> visit, BrowserNewContextOptions? options = null)
    {
        Require();
        await using IBrowserContext context = await _browser!.NewContextAsync(options ?? new BrowserNewContextOptions());
        context.SetDefaultTimeout(PatienceMilliseconds);
        var tab = new Tab(await context.NewPageAsync());
        await tab.Page.GotoAsync(address.ToString());
        await visit(tab);
        Assert.True(!tab.Complaints.Any(), string.Join('\n', tab.Complaints));
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .SelectMany(static directory => Programs.Select(program => Path.Combine(directory, program)))
        .FirstOrDefault(File.Exists);

    /// <summary>Where there is no browser a test fails in CI and is skipped elsewhere.</summary>
    private void Require()
    {
        const string Sentence = "chromium is not installed: apt-get install chromium";
        if (_browser is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Sentence);
            throw new InvalidOperationException(Sentence);
        }
    }
}
