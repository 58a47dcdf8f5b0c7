using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Lab.Grading;
using Aldis.Lab.Ladder;
using Aldis.Lab.Peers;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Text;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Listening;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A run with a program of somebody's at one side: a UDP socket, the engine behind it, and what is told of it.</summary>
internal sealed class PeerSession
{
    private const string Service = "lab";

    private Sha256 _hash = Sha256.Begin();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly VerbContext _context;
    private readonly PeerSettings _settings;
    private readonly JsonEvents? _events;
    private long _bytes;

    private PeerSession(VerbContext context, PeerSettings settings, JsonEvents? events)
    {
        _context = context;
        _settings = settings;
        _events = events;
    }

    private bool PeerSends => _settings.Peer == GradedSides.Sender;

    /// <summary>Where an address says to listen.</summary>
    /// <param name="text">The address.</param>
    /// <exception cref="FormatException">It is none, or none of datagrams.</exception>
    public static IPEndPoint PlaceOf(string text)
    {
        string datagrams = text.Contains("://", StringComparison.Ordinal) ? text : "udp://" + text;
        EndpointAddress address = EndpointAddress.Parse(datagrams).WithDefaults("127.0.0.1", 0);
        return address.Scheme == TransportScheme.Udp
            ? (IPEndPoint)ListenAddresses.Resolve(address)[0]
            : throw new UsageException($"--listen takes an address of datagrams such as 127.0.0.1:9000, not '{text}'.");
    }

    /// <summary>Waits for a program, is its other side, and judges it.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="settings">What is at work.</param>
    /// <param name="place">Where to listen.</param>
    /// <param name="isQuiet">Whether the marks alone are printed.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    /// <returns>The exit code: <see cref="ExitCode.ExpectationFailed"/> if a rule was broken.</returns>
    /// <exception cref="Transports.CommunicationException">The address cannot be bound.</exception>
    public static async Task<int> RunAsync(
        VerbContext context, PeerSettings settings, IPEndPoint place, bool isQuiet, JsonEvents? events)
    {
        var session = new PeerSession(context, settings, events);
        return await session.RunAsync(place, isQuiet);
    }

    private async Task<int> RunAsync(IPEndPoint place, bool isQuiet)
    {
        var steps = new LadderSteps();
        var ladder = new LadderBuilder(LadderView.Everything, frameSize: 1, steps);
        PeerEngine engine = new(_settings, ladder, Take);
        await using (DatagramListener listener = DatagramListener.Bind(place, _ => engine, () => Look(engine), Fail))
        {
            listener.Start();
            Announce(listener.EndPoint);
            await _over.Task.WaitAsync(_context.Interruption);
        }

        ladder.Complete(engine.NowNanoseconds);
        if (_events is not null)
        {
            var json = new LadderEvents(_events);
            LadderMoments.Of(steps.All).ForEach(json.Take);
            _events.Write("program", writer => WriteEnd(writer, engine));
        }
        else if (!isQuiet)
        {
            Tell(engine, steps);
        }

        GradeReport report = engine.Grade();
        GradeSession.Tell(_context, report, isQuiet, _events);
        return report.IsPassed ? ExitCode.Confirmed : ExitCode.ExpectationFailed;
    }

    private void Look(PeerEngine engine)
    {
        if (engine.IsOver)
        {
            _over.TrySetResult();
        }
    }

    private void Fail(Exception defect) => _over.TrySetException(defect);

    private void Take(ReadOnlyMemory<byte> payload)
    {
        _hash.Append(payload.Span);
        _bytes += payload.Length;
    }

    private void Announce(IPEndPoint bound)
    {
        var endpoint = new BoundEndpoint(Service, EndpointAddress.SchemeName(TransportScheme.Udp), bound);
        _events?.Write("listen", writer =>
        {
            writer.WriteString("service", Service);
            writer.WriteString("proto", endpoint.Protocol);
            writer.WriteString("addr", endpoint.Address);
            writer.WriteNumber("port", endpoint.Port);
        });
        if (_events is null)
        {
            _context.Console.Error.WriteLine(endpoint.ToReadinessLine());
        }
    }

    private void Tell(PeerEngine engine, LadderSteps steps)
    {
        var text = new StringBuilder();
        Draw(engine, steps, line => text.Append(line).Append('\n'));
        text.Append('\n');
        string link = LabWords.Experiment(_settings.Lab).Last();
        foreach (string sentence in new[] { Assignment(), link, Contents(engine), Ended(engine), Ignored(engine) })
        {
            foreach (string line in WrappedText.Lines(sentence, _context.Console.OutputColumns))
            {
                text.Append(line).Append('\n');
            }
        }

        _context.Console.WriteText(text.Append('\n').ToString());
    }

    private void WriteEnd(Utf8JsonWriter writer, PeerEngine engine)
    {
        writer.WriteString("outcome", KebabName.Of(engine.Outcome));
        writer.WriteNumber("frames", engine.DeliveredFrames);
        writer.WriteNumber("bytes", _bytes);
        writer.WriteString("sha256", Hash());
        writer.WriteNumber("datagrams", engine.Datagrams);
        writer.WriteNumber("ignored", engine.OthersDatagrams);
    }

    private void Draw(PeerEngine engine, LadderSteps steps, Action<string> write)
    {
        const int LeastTimeColumns = 8;
        LabSettings lab = _settings.Lab;
        LadderClock clock = LadderClock.Showing((lab.FrameSize + lab.HeaderSize) * 8.0 / lab.BitsPerSecond);
        int timeColumns = Math.Max(LeastTimeColumns, clock.Text(engine.NowNanoseconds).Length);
        var line = new LadderLine(_context.Console.OutputColumns, timeColumns, clock, new LadderPaint(_context.Console.UseOutputColor));
        write(line.Heading());
        var ladder = new LadderText(write, line, clock, LadderTextLimits.For(engine.DeliveredFrames));
        LadderMoments.Of(steps.All).ForEach(ladder.Take);
        ladder.Complete();
    }

    private string Assignment()
    {
        string strategy = GradeWords.Strategy(_settings.Lab.Strategy);
        string timeout = GradeWords.Milliseconds(_settings.Lab.TimeoutNanoseconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{strategy}, window {_settings.Lab.WindowFrames:#,##0}, time-out {timeout}, seed {_settings.Lab.Seed}: ")
            + (PeerSends ? "your program sends" : "your program receives");
    }

    /// <summary>What arrived, for a comparison with what was meant: <c>sha256sum</c> of the file says the same.</summary>
    private string Contents(PeerEngine engine)
    {
        string what = PeerSends ? "received" : "your program should have";
        return string.Create(
            CultureInfo.InvariantCulture, $"{what} {_bytes:#,##0} bytes in {engine.DeliveredFrames:#,##0} frames, SHA-256 {Hash()}");
    }

    /// <summary>The hash of what has arrived so far; it goes on behind it.</summary>
    private string Hash()
    {
        Sha256 hash = _hash;
        Span<byte> digest = stackalloc byte[Sha256.HashBytes];
        hash.Finish(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>Datagrams that were not the program's; empty where there were none.</summary>
    private static string Ignored(PeerEngine engine) => engine.OthersDatagrams == 0 ? string.Empty : string.Create(
        CultureInfo.InvariantCulture, $"datagrams of others, which were ignored: {engine.OthersDatagrams:#,##0}");

    private static string Ended(PeerEngine engine) => engine.Outcome switch
    {
        PeerOutcome.Finished => "everything is acknowledged",
        PeerOutcome.Silent => "your program fell silent before everything was acknowledged",
        PeerOutcome.NoProgress => "nothing new has arrived for too long",
        _ => string.Create(CultureInfo.InvariantCulture, $"your program sent more than {PeerEngine.MostDatagrams:#,##0} datagrams"),
    };

    /// <summary>The steps of a run, to be drawn when it is over.</summary>
    private sealed class LadderSteps : ILadderOutput
    {
        public List<LadderStep> All { get; } = [];

        public void Take(LadderStep step) => All.Add(step);
    }
}
