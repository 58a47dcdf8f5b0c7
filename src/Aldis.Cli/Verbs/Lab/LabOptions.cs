using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Lab.Grading;
using Aldis.Lab.Ladder;
using Aldis.Lab.Peers;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>The options of <c>aldis lab</c> that describe the experiment, and how they become <see cref="LabSettings"/>.</summary>
internal sealed class LabOptions
{
    private const double ShareByDefault = 0.05;
    private const long NsPerTick = 100;

    private static readonly LabSettings Defaults = new();

    private readonly Option<ArqMode?> _strategy = TypedOption.Choice(
        "--strategy",
        "NAME",
        "stop-and-wait (default), go-back-n or selective-repeat",
        ("stop-and-wait", ArqMode.StopAndWait),
        ("go-back-n", ArqMode.GoBackN),
        ("selective-repeat", ArqMode.SelectiveRepeat));

    private readonly Option<long?> _frames = TypedOption.Whole("--frames", "N", "frames to send; default 20", 1L);
    private readonly Option<int?> _frameSize = ClientArguments.Size("--frame-size", "BYTES", "payload of a frame; default 1024");

    private readonly Option<int?> _window = TypedOption.Whole(
        "--window", "N", "frames that may be unacknowledged; default 8, for stop-and-wait always 1", 1);

    private readonly Option<int?> _sequenceBits = TypedOption.Whole(
        "--sequence-bits", "M", "of a frame's number: it counts modulo 2^M; default as many as it takes", 0, SequenceNumbers.MostBits);

    private readonly Option<long?> _rate = new("--rate")
    {
        HelpName = "RATE",
        Description = "of the link, each way, headers included; default 10Mbit",
        CustomParser = static result => Parse(
            result, "a rate such as 10Mbit or 64kbit", static text => Quantity.TryParseRate(text, out long rate) ? rate : default(long?)),
    };

    private readonly Option<TimeSpan?> _delay = ClientArguments.Duration("--delay", "TIME", "of the link, one way; default 50ms");
    private readonly Option<double?> _distance = Measure(
        "--distance", "KM", "of the link instead of --delay, such as 3000km", "km", "a distance such as 3000km");

    private readonly Option<double?> _speed = Measure(
        "--speed", "SPEED", "of the signal; default 200000km/s, as in fibre", "km/s", "a speed such as 200000km/s");

    private readonly Option<int?> _header = ClientArguments.Size(
        "--header", "BYTES", "everything but payload in a frame on the link; default 56");

    private readonly Option<int?> _ackSize = ClientArguments.Size(
        "--ack-size", "BYTES", "of an acknowledgement on the link; default what arq needs, 81");

    private readonly Option<TimeSpan?> _processing = ClientArguments.Duration(
        "--processing", "TIME", "until a frame that came is answered; default 0, added to the way back");

    private readonly Option<LabKills?> _kill = new("--kill")
    {
        HelpName = "LIST",
        Description = "lose exactly these, such as data:1,ack:2: numbers of transmissions and of ACKs; then --loss is 0 if not given",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            LabKills? kills = LabKills.Read(text);
            if (kills is null)
            {
                result.AddError($"--kill takes numbers from 1 on such as data:1,ack:2, not '{text}'.");
            }

            return kills;
        },
    };

    private readonly Option<double?> _loss = Percentage("--loss", "frames the link loses; default 10%");
    private readonly Option<double?> _ackLoss = Percentage("--ack-loss", "acknowledgements it loses; default: as --loss");
    private readonly Option<double?> _corrupt = Percentage("--corrupt", "frames and acknowledgements it damages; 5% without a value", true);
    private readonly Option<double?> _duplicate = Percentage("--duplicate", "… it delivers twice; 5% without a value", true);
    private readonly Option<double?> _reorder = Percentage(
        "--reorder", "… it holds back, so that later ones overtake; 5% without a value", true);

    private readonly Option<TimeSpan?> _timeout = new("--timeout")
    {
        HelpName = "TIME",
        Description = "auto (default: from measured round trips) or a fixed time such as 200ms",
        CustomParser = static result => Parse(
            result,
            "auto or a time such as 200ms",
            static text => text == "auto" ? TimeSpan.Zero
                : Quantity.TryParseDuration(text, out TimeSpan time) && time > TimeSpan.Zero ? time : default(TimeSpan?)),
    };

    private readonly Option<TimerStart?> _timer = TypedOption.Choice(
        "--timer",
        "KIND",
        "of go-back-n: oldest (default) runs from the oldest frame's transmission, restart anew from each new ACK",
        ("oldest", TimerStart.OldestFrame),
        ("restart", TimerStart.LastAck));

    private readonly Option<ulong?> _seed = TypedOption.Whole("--seed", "N", "decides every draw; default 7", 0UL);

    private readonly Option<AnswerKind?> _acks = TypedOption.Choice(
        "--acks",
        "KIND",
        "of selective-repeat: selective (default) say what comes next and all behind it, individual one frame, cumulative what comes next",
        ("selective", AnswerKind.Selective),
        ("individual", AnswerKind.Individual),
        ("cumulative", AnswerKind.Cumulative));

    /// <summary>What starts the timer of go-back-N.</summary>
    private enum TimerStart
    {
        OldestFrame,
        LastAck,
    }

    /// <summary>All of them, for the command.</summary>
    public IEnumerable<Option> All =>
    [
        _strategy, _frames, _frameSize, _header, _ackSize, _window, _sequenceBits, _rate, _delay, _distance, _speed, _processing, _loss,
        _ackLoss, _kill, _corrupt, _duplicate, _reorder, _timeout, _timer, _acks, _seed,
    ];

    /// <summary>Reads the experiment.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="inputBytes">Bytes of the file that is sent, or null.</param>
    /// <param name="script">The scene whose options the command line has already; or null.</param>
    /// <exception cref="UsageException">It cannot be run as asked.</exception>
    public LabSettings Read(ParseResult call, long? inputBytes, LabScript? script = null) =>
        Read(call, inputBytes, call.GetValue(_strategy) ?? Defaults.Strategy, script);

    /// <summary>Reads a link and all that does not vary, for runs of every strategy.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="purpose">The option that asks for such runs.</param>
    /// <exception cref="UsageException">It cannot be run as asked.</exception>
    public LabSettings ReadForAll(ParseResult call, string purpose)
    {
        if (call.GetValue(_kill) is not null)
        {
            throw new UsageException($"--kill is for one run, and {purpose} makes many.");
        }

        if (call.GetValue(_acks) is not null)
        {
            throw new UsageException($"--acks is for a run of selective-repeat, and {purpose} compares all strategies.");
        }

        if (call.GetValue(_timer) is not null)
        {
            throw new UsageException($"--timer is for a run of go-back-n, and {purpose} compares all strategies.");
        }

        if (call.GetValue(_sequenceBits) is not null)
        {
            throw new UsageException($"--sequence-bits is for one run, and {purpose} makes many.");
        }

        return call.GetValue(_strategy) is null
            ? Read(call, null, ArqMode.GoBackN) // a strategy that has a window
            : throw new UsageException($"{purpose} compares all strategies, so it goes without --strategy.");
    }

    /// <summary>Reads a run with a program of somebody's at one side. A time-out that is not given is long enough for the link.</summary>
    /// <param name="call">The command line.</param>
    /// <param name="peer">Which side the program is.</param>
    /// <exception cref="UsageException">It cannot be run as asked.</exception>
    public PeerSettings ReadForPeer(ParseResult call, GradedSides peer)
    {
        const long LeastTimeoutNs = 200_000_000;
        LabSettings settings = Read(call, null);
        InRange(settings.SequenceBits ?? 1, 1, GradeTerms.MostNumberBits, "--sequence-bits", "bits");
        long timeoutNs = settings.TimeoutNanoseconds > 0 ? settings.TimeoutNanoseconds
            : Math.Max(LeastTimeoutNs, (4 * settings.DelayNanoseconds) + (2 * settings.ProcessingNanoseconds));
        Option? ofSender = new Option[] { _frames, _frameSize, _timer }
            .FirstOrDefault(option => call.GetResult(option) is { Implicit: false });
        return peer == GradedSides.Receiver || ofSender is null
            ? new PeerSettings(settings with { TimeoutNanoseconds = timeoutNs }, peer)
            : throw new UsageException($"{ofSender.Name} is of the sender, and with --peer sender that is your program.");
    }

    /// <summary>What <c>--frames</c> was given, or null.</summary>
    public long? GivenFrames(ParseResult call) => call.GetValue(_frames);

    /// <summary>What is said of a trace that was made elsewhere.</summary>
    /// <param name="call">The command line.</param>
    /// <exception cref="UsageException">No experiment is like that.</exception>
    public TraceHead ReadHead(ParseResult call) => new()
    {
        Strategy = call.GetValue(_strategy),
        Window = call.GetValue(_window) is int window ? InRange(window, 1, LabSettings.LargestWindow, "--window", "frames") : null,
        Frames = call.GetValue(_frames) is long frames ? InRange(frames, 1, LabSettings.MostFrames, "--frames", "frames") : null,
        TimeoutNanoseconds = Nanoseconds(call.GetValue(_timeout), "--timeout") is long timeout and > 0 ? timeout : null,
        NumberBits = call.GetValue(_sequenceBits) is int bits
            ? InRange(bits, 1, GradeTerms.MostNumberBits, "--sequence-bits", "bits") : null,
    };

    private LabSettings Read(ParseResult call, long? inputBytes, ArqMode strategy, LabScript? script = null)
    {
        int frameSize = InRange(call.GetValue(_frameSize) ?? Defaults.FrameSize, 1, LabSettings.LargestFrameSize, "--frame-size", "bytes");
        if (inputBytes is not null && call.GetValue(_frames) is not null)
        {
            throw new UsageException("--frames and --input exclude each other: a file has as many frames as it has.");
        }

        LabKills? kills = script?.Kills ?? call.GetValue(_kill);
        if (script is not null && call.GetValue(_kill) is not null)
        {
            throw new UsageException("--kill and --script exclude each other: in a script it is said as lose data:1.");
        }

        long? written = script is { Scene.Writings: { Count: > 0 } writings } ? writings.Sum(static w => w.Frames) : null;
        if (written is not null && (inputBytes is not null || call.GetValue(_frames) is not null))
        {
            throw new UsageException("A script that says what is sent when goes without --frames and --input: its lines have the frames.");
        }

        var settings = new LabSettings
        {
            Strategy = strategy,
            FrameSize = frameSize,
            Frames = inputBytes is long bytes ? (bytes + frameSize - 1) / frameSize : written ?? call.GetValue(_frames) ?? Defaults.Frames,
            Scene = script?.Scene,
            TotalBytes = inputBytes,
            Window = call.GetValue(_window),
            SequenceBits = call.GetValue(_sequenceBits),
            BitsPerSecond = InRange(
                call.GetValue(_rate) ?? Defaults.BitsPerSecond,
                LabSettings.LowestBitsPerSecond,
                LabSettings.HighestBitsPerSecond,
                "--rate",
                "bit/s"),
            HeaderSize = InRange(call.GetValue(_header) ?? Defaults.HeaderSize, 0, ushort.MaxValue, "--header", "bytes"),
            AcknowledgementSize = call.GetValue(_ackSize) is int size ? InRange(size, 0, ushort.MaxValue, "--ack-size", "bytes") : null,
            DelayNanoseconds = Delay(call),
            ProcessingNanoseconds = Nanoseconds(call.GetValue(_processing), "--processing") ?? 0,
            Loss = call.GetValue(_loss) ?? (kills is null ? Defaults.Loss : 0),
            KilledTransmissions = kills?.Transmissions ?? [],
            KilledAcknowledgements = kills?.Acknowledgements ?? [],
            AcknowledgementLoss = call.GetValue(_ackLoss),
            Corrupt = Given(call, _corrupt),
            Duplicate = Given(call, _duplicate),
            Reorder = Given(call, _reorder),
            TimeoutNanoseconds = Nanoseconds(call.GetValue(_timeout), "--timeout") ?? 0,
            Answers = call.GetValue(_acks) ?? AnswerKind.Selective,
            RestartsTimer = call.GetValue(_timer) == TimerStart.LastAck,
            Seed = call.GetValue(_seed) ?? Defaults.Seed,
        };
        InRange(settings.Frames, 1, LabSettings.MostFrames, inputBytes is null ? "--frames" : "--input", "frames");
        Judge(settings);
        return settings;
    }

    private long Delay(ParseResult call)
    {
        const double KilometresASecond = 200_000;
        const double NsPerSecond = 1e9;
        double? distance = call.GetValue(_distance);
        if (distance is null)
        {
            return call.GetValue(_speed) is null
                ? Nanoseconds(call.GetValue(_delay), "--delay") ?? Defaults.DelayNanoseconds
                : throw new UsageException("--speed goes with --distance: a delay that is given is not travelled.");
        }

        if (call.GetValue(_delay) is not null)
        {
            throw new UsageException("--distance and --delay exclude each other: both say how long a frame is on its way.");
        }

        double seconds = distance.Value / (call.GetValue(_speed) ?? KilometresASecond);
        return seconds <= LabSettings.LongestTimeNanoseconds / NsPerSecond
            ? (long)Math.Round(seconds * NsPerSecond)
            : throw new UsageException("--distance takes the signal more than an hour, the longest delay.");
    }

    private static void Judge(LabSettings settings)
    {
        if (settings.Strategy == ArqMode.StopAndWait && settings.WindowFrames != 1)
        {
            throw new UsageException(
                "Stop-and-wait has one frame under way, so --window is 1; go-back-n and selective-repeat have larger windows.");
        }

        InRange(settings.WindowFrames, 1, LabSettings.LargestWindow, "--window", "frames");
        if (settings.RestartsTimer && settings.Strategy != ArqMode.GoBackN)
        {
            throw new UsageException(
                "--timer restart is for --strategy go-back-n: in the other strategies a timer is for one frame, whose ACK ends it.");
        }

        if (settings.Answers != AnswerKind.Selective && settings.Strategy != ArqMode.SelectiveRepeat)
        {
            throw new UsageException("--acks is for --strategy selective-repeat: in the other strategies an ACK says what comes next.");
        }

        if (TextbookEnds.Stand(settings) && settings.PayloadBytes % settings.FrameSize != 0)
        {
            string option = settings.SequenceBits is null ? "--acks" : "--sequence-bits";
            throw new UsageException(
                $"{option} is for full frames, and the last of {settings.PayloadBytes} bytes is not: choose a --frame-size that "
                + "divides them.");
        }
    }

    private static Option<double?> Percentage(string name, string description, bool isFlag = false) => new(name)
    {
        HelpName = "PERCENT",
        Description = description,
        Arity = isFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        CustomParser = static result => result.Tokens.Count == 0 ? ShareByDefault : Parse(
            result,
            "a percentage such as 10%",
            static text => Quantity.TryParsePercentage(text, out double share) ? share : default(double?)),
    };

    /// <summary>A number above 0 with its unit.</summary>
    private static Option<double?> Measure(string name, string helpName, string description, string unit, string what) => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result => Parse(
            result,
            what,
            text => text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(
                text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number is > 0 and < 1e15 ? number : default(double?)),
    };

    private static double Given(ParseResult call, Option<double?> option) =>
        call.GetResult(option) is { Implicit: false, Tokens.Count: 0 } ? ShareByDefault : call.GetValue(option) ?? 0;

    private static T? Parse<T>(ArgumentResult result, string what, Func<string, T?> parse)
        where T : struct
    {
        string text = result.Tokens[0].Value;
        T? value = parse(text);
        if (value is null)
        {
            string end = typeof(T) == typeof(TimeSpan) ? UnitText.EndWithoutUnit(text) : ".";
            result.AddError($"{((OptionResult)result.Parent!).Option.Name} takes {what}, not '{text}'{end}");
        }

        return value;
    }

    private static long? Nanoseconds(TimeSpan? time, string name) => time is not { } given ? null
        : given.Ticks <= LabSettings.LongestTimeNanoseconds / NsPerTick ? given.Ticks * NsPerTick
        : throw new UsageException($"{name} is {Quantity.Duration(given)}, and must be an hour at most.");

    private static T InRange<T>(T value, T least, T most, string name, string unit)
        where T : IComparable<T> => value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
        ? value
        : throw new UsageException(FormattableString.Invariant($"{name} is {value} {unit}, and must be {least} to {most}."));
}
