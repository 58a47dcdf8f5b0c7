using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Aldis.Dashboard.Hosting;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>The page's own modules: whatever they draw goes one way, where text from outside is made visible.</summary>
public sealed partial class PageSourceTests
{
    private const string Ui = "Pages/ui.mjs";

    private static readonly Dictionary<string, string> Modules = typeof(DashboardOptions).Assembly.GetManifestResourceNames()
        .Where(static name => name.StartsWith("Pages/", StringComparison.Ordinal) && !name.Contains("/vendor/", StringComparison.Ordinal)
            && name.EndsWith(".mjs", StringComparison.Ordinal))
        .ToDictionary(static name => name, static name => Encoding.UTF8.GetString(PageAsset.Load(name).Plain.Span));

    [Fact]
    public void One_function_draws_for_all_of_them()
    {
        Assert.True(Modules.Count >= 10, string.Join(", ", Modules.Keys));
        Assert.Equal([Ui], Modules.Where(static one => one.Value.Contains("from \"htm\"", StringComparison.Ordinal)).Select(static one => one.Key));
        Assert.Contains("htm.bind(draw)", Modules[Ui], StringComparison.Ordinal);
        Assert.DoesNotContain(Modules, static one => one.Key != Ui && Elsewhere().IsMatch(one.Value));
    }

    [Fact]
    public void Nothing_is_drawn_as_markup() =>
        Assert.DoesNotContain(Modules, static one => Markup().IsMatch(one.Value));

    // Preact's own function, which draws text as it is.
    [GeneratedRegex(@"\bh\(|\{ h\b", RegexOptions.NonBacktracking)]
    private static partial Regex Elsewhere();

    [GeneratedRegex("innerHTML|outerHTML|insertAdjacentHTML|document.write|dangerouslySetInnerHTML|eval\\(|new Function", RegexOptions.NonBacktracking)]
    private static partial Regex Markup();
}
