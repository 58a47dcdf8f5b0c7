using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Dashboard.Browser.Tests.Browser;
using Aldis.Dashboard.Browser.Tests.Served;
using Aldis.Tests;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Aldis.Dashboard.Browser.Tests.Pages;

/// <summary>The ladder of a link while it is used, and loses frames.</summary>
public sealed class LadderTests(Chromium chromium)
{
    // What the ladder is asked to show; what a slow machine takes longer for has left it at the top.
    private const double SpanMs = 60_000;
    private const int LeastDrawn = 60;

    /// <summary>What is drawn, as its title says it.</summary>
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["frame-sent"] = "sent",
        ["frame-retransmitted"] = "sent again",
        ["probe-sent"] = "probe sent",
        ["frame-received"] = "received",
        ["frame-duplicate"] = "received twice",
        ["frame-discarded"] = "not kept",
        ["frame-corrupted"] = "damaged",
        ["acknowledgement-sent"] = "acknowledgement sent",
        ["acknowledgement-received"] = "acknowledgement received",
        ["timer-fired"] = "timer fired",
    };

    [Fact]
    public async Task The_ladder_of_a_lossy_transfer_agrees_frame_by_frame_with_its_trace()
    {
        await using DashboardProcess served = await DashboardProcess.StartAsync();
        await using AldisProcess link = await AldisProcess.LinkAsync(
            "udp://127.0.0.1:0", $"udp://{served.EndPoints["messages/arq"]}", "--loss", "12%", "--delay", "5ms", "--seed", "7");
        await using AldisProcess client = AldisProcess.Start(
            readsError: true, "send", "--client", "ladder-1", $"arq://{link.EndPoints.Values.Single()}");
        await client.FeedAsync("the first\n");
        await chromium.VisitAsync(served.View("connections?text=ladder-1"), async tab =>
        {
            await Expect(tab.Row("ladder-1")).ToHaveCountAsync(1);
            string number = await tab.Row("ladder-1").GetByRole(AriaRole.Link).First.InnerTextAsync();
            await using var trace = await Trace.FollowAsync(served, number);
            await tab.Row("ladder-1").GetByRole(AriaRole.Link).First.ClickAsync();

            // An answer that has begun is one that follows: what passes from here on is told to both.
            await tab.Page.RunAndWaitForResponseAsync(
                () => tab.Button("Follow its frames").ClickAsync(), static response => response.Url.EndsWith("/frames", StringComparison.Ordinal));
            await tab.Page.GetByLabel("Shows").SelectOptionAsync("60000");
            for (int message = 0; message < 60; message++)
            {
                await client.FeedAsync($"{message} {new string('x', 2000)}\n");
            }

            // The trace began before, and may tell only now what passed before the page followed.
            double begun = 0;
            await Wait.UntilAsync(async () => trace.Frames.Count > 0
                && (begun = (await ReadDrawnAsync(tab)).Select(static one => one.Ms).DefaultIfEmpty().Min()) > 0);
            string[] expected = [];

            // Messages that come at once are acknowledged by few frames, of which none may be lost: one more whenever something came.
            int passed = 0;
            await Wait.UntilAsync(async () =>
            {
                if (trace.Frames.Count > passed)
                {
                    passed = trace.Frames.Count;
                    await client.FeedAsync("one more\n");
                }

                expected = Describe(trace.Expected(), begun, trace.Frames[^1].Ms);
                return expected.Length >= LeastDrawn && expected.Any(static one => one.Contains(", lost", StringComparison.Ordinal));
            });

            string[] seen = [];
            await Wait.UntilAsync(async () =>
            {
                seen = Describe(await ReadDrawnAsync(tab), begun, trace.Frames[^1].Ms);
                expected = Describe(trace.Expected(), begun, trace.Frames[^1].Ms);
                return expected.SequenceEqual(seen);
            });
            Assert.Equal(expected, seen);

            // A lost frame is a cut arrow, and nothing else is.
            Assert.Equal(
                await tab.Main.Locator("svg.drawing [data-frame*=', lost']").CountAsync(),
                await tab.Main.Locator("svg.drawing .lost").CountAsync());
        });
    }

    private static string[] Describe(IEnumerable<(double Ms, string Title)> frames, double begun, double end) =>
    [
        .. frames.Where(one => one.Ms >= begun && one.Ms >= end - SpanMs)
            .Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Ms:0.000} {one.Title}")).Order(StringComparer.Ordinal),
    ];

    private static async Task<(double Ms, string Title)[]> ReadDrawnAsync(Tab tab)
    {
        string[] drawn = await tab.Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('svg.drawing [data-frame]')].map(one => `${one.dataset.ms} ${one.dataset.frame}`)");
        return [.. drawn.Select(static one =>
        {
            int space = one.IndexOf(' ', StringComparison.Ordinal);
            return (double.Parse(one[..space], CultureInfo.InvariantCulture), one[(space + 1)..]);
        })];
    }

    /// <summary>What the engine says of the same link, read by a program beside the page.</summary>
    private sealed class Trace : IAsyncDisposable
    {
        private readonly HttpClient _http = new();
        private readonly CancellationTokenSource _over = new();
        private readonly Lock _lock = new();
        private readonly List<(double Ms, JsonElement Frame)> _frames = [];
        private Task _reading = Task.CompletedTask;

        public IReadOnlyList<(double Ms, JsonElement Frame)> Frames
        {
            get
            {
                lock (_lock)
                {
                    return [.. _frames];
                }
            }
        }

        public static async Task<Trace> FollowAsync(DashboardProcess served, string number)
        {
            var trace = new Trace();
            trace._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", served.Link.Fragment["#token=".Length..]);

            // A link is watched a moment after it is there.
            await Wait.UntilAsync(async () =>
            {
                using HttpResponseMessage answer = await trace._http.GetAsync(
                    new Uri(served.Link, $"/api/v1/links/{number}"), TestContext.Current.CancellationToken);
                return answer.IsSuccessStatusCode;
            });
            var reader = new StreamReader(await trace._http.GetStreamAsync(
                new Uri(served.Link, $"/api/v1/links/{number}/frames"), TestContext.Current.CancellationToken));
            trace._reading = trace.ReadAsync(reader);
            return trace;
        }

        /// <summary>What a ladder has to show of it.</summary>
        public IEnumerable<(double Ms, string Title)> Expected()
        {
            IReadOnlyList<(double Ms, JsonElement Frame)> frames = Frames;
            HashSet<long> lost = [.. PacketsOf(frames, "frame-lost").Except(PacketsOf(frames, "loss-spurious"))];
            foreach ((double ms, JsonElement frame) in frames)
            {
                string what = frame.GetProperty("what").GetString()!;
                string? cause = frame.GetProperty("cause").GetString();
                if (!Words.TryGetValue(what, out string? words) || (what is "timer-fired" or "frame-corrupted" && cause == "acknowledgement-delay"))
                {
                    continue;
                }

                bool isSent = what is "frame-sent" or "frame-retransmitted" or "probe-sent";
                yield return (ms, words
                    + Of(frame, "packet", static value => $" {value}")
                    + (frame.GetProperty("bytes").GetInt64() == 0 ? string.Empty : $", {frame.GetProperty("bytes").GetInt64()} bytes")
                    + (cause is null ? string.Empty : $", {cause}")
                    + (isSent && frame.GetProperty("packet").ValueKind == JsonValueKind.Number && lost.Contains(frame.GetProperty("packet").GetInt64()) ? ", lost" : string.Empty)
                    + (isSent ? Of(frame, "replaces", static value => $", repeats {value}") : string.Empty));
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _reading;
            _http.Dispose();
            _over.Dispose();
        }

        private static IEnumerable<long> PacketsOf(IReadOnlyList<(double Ms, JsonElement Frame)> frames, string what) => frames
            .Where(one => one.Frame.GetProperty("what").GetString() == what)
            .Select(static one => one.Frame.GetProperty("packet").GetInt64());

        private static string Of(JsonElement frame, string name, Func<long, string> text) =>
            frame.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? text(value.GetInt64()) : string.Empty;

        private async Task ReadAsync(StreamReader reader)
        {
            const string Data = "data: [";
            try
            {
                while (await reader.ReadLineAsync(_over.Token) is { } line)
                {
                    if (line.StartsWith(Data, StringComparison.Ordinal))
                    {
                        using JsonDocument document = JsonDocument.Parse(line[(Data.Length - 1)..]);
                        lock (_lock)
                        {
                            _frames.AddRange(document.RootElement.EnumerateArray().Select(static one => (one.GetProperty("ms").GetDouble(), one.Clone())));
                        }
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
            finally
            {
                reader.Dispose();
            }
        }
    }
}
