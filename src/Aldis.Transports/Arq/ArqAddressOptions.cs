using System.Globalization;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Text;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Arq;

/// <summary>
/// The options of an <c>arq://</c> or <c>arq+tls://</c> address: how its connections work (docs/arq.md, "Addresses"). A wrong value is
/// answered by one sentence that names the option, the value and what is allowed; an unknown option is refused, because one that is
/// misspelt would otherwise be a connection that works in another way than was asked.
/// </summary>
internal static class ArqAddressOptions
{
    /// <summary>Frames of the window of profile <c>lab</c> where the address names no number.</summary>
    public const int LabWindowFrames = 64;

    /// <summary>Payload bytes of a frame where frames are fixed and the address names no number.</summary>
    public const int DefaultFrameSize = 1_024;

    private const int LeastDatagram = 128;
    private const int DataHeader = DatagramLimits.MaxPayload - LargestFrame;
    private const int LargestFrame = 65_479;

    // RFC 8085 section 3.5: no more often than every 15 s. Beyond 50 s the idle limit of 60 s would come first.
    private static readonly TimeSpan LeastKeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestKeepAlive = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(60);

    private static readonly (string Name, ArqMode Value)[] Modes =
    [
        ("selective-repeat", ArqMode.SelectiveRepeat), ("go-back-n", ArqMode.GoBackN), ("stop-and-wait", ArqMode.StopAndWait),
    ];

    private static readonly (string Name, CongestionProfile Value)[] Profiles =
    [
        ("internet", CongestionProfile.Internet), ("lossy", CongestionProfile.Lossy), ("lab", CongestionProfile.Lab),
    ];

    private static readonly (string Name, bool Value)[] Switches =
        [("on", true), ("off", false), ("1", true), ("0", false), ("yes", true), ("no", false), ("true", true), ("false", false)];

    private static readonly string[] ClientOptions = ["mode", "frame", "window", "timeout", "profile", "keepalive", "datagram", "reject"];
    private static readonly string[] ListenerOptions = ["frame", "window", "timeout", "keepalive", "datagram", "reject"];

    /// <summary>Reads how a client's connection shall work.</summary>
    /// <param name="address">An <c>arq</c> or <c>arq+tls</c> address.</param>
    /// <returns>The options; what the address leaves out has its default.</returns>
    /// <exception cref="FormatException">An option is unknown, or its value is not allowed; the message is one sentence.</exception>
    public static ConnectionOptions ForClient(EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        AddressOptions.RefuseUnknown(address, address.UsesTls ? [.. ClientOptions, .. AddressOptions.TlsClient] : ClientOptions);
        ArqMode mode = Choose(address, "mode", Modes, ArqMode.SelectiveRepeat);
        CongestionProfile profile = Choose(address, "profile", Profiles, CongestionProfile.Internet);
        int frame = Frame(address, mode, profile);
        int? window = Window(address, mode);
        bool hasFrameTimers = mode == ArqMode.SelectiveRepeat && profile == CongestionProfile.Lab;
        ConnectionOptions options = profile == CongestionProfile.Lab
            ? ConnectionOptions.SelectiveRepeat(frame, window ?? LabWindowFrames)
            : ArqDefaults.Connection with { FrameSize = frame, Congestion = profile, PeerCongestion = profile };
        return options with
        {
            Mode = mode,
            WindowFrames = window ?? options.WindowFrames,
            FrameSizeYields = frame > 0 && !address.Options.ContainsKey("frame"),
            KeepAliveNs = KeepAlive(address),
            MaxDatagramSize = Datagram(address, frame),
            FrameTimers = hasFrameTimers,
            Retransmission = Timeout(address, mode is not ArqMode.SelectiveRepeat || hasFrameTimers) ?? options.Retransmission,
            RejectRewinds = Reject(address, mode),
        };
    }

    /// <summary>
    /// Reads what a listener grants. The strategy and the profile are the client's choice; <c>timeout</c> and <c>reject</c> hold for what
    /// the listener sends to clients that chose a strategy which has them.
    /// </summary>
    /// <param name="address">An <c>arq</c> or <c>arq+tls</c> address.</param>
    /// <param name="others">Names of options that are not the transport's, but those of the conversation that is served there.</param>
    /// <returns>The options; what the address leaves out has its default, which bounds datagrams and windows by the protocol alone.</returns>
    /// <exception cref="FormatException">An option is unknown, or its value is not allowed; the message is one sentence.</exception>
    public static ConnectionOptions ForListener(EndpointAddress address, params ReadOnlySpan<string> others)
    {
        ArgumentNullException.ThrowIfNull(address);
        foreach (string chosen in new[] { "mode", "profile" })
        {
            if (address.Options.ContainsKey(chosen))
            {
                throw new FormatException(
                    $"'{address}' has the option {chosen}, which is the client's to choose: a listener accepts every {chosen}.");
            }
        }

        AddressOptions.RefuseUnknown(
            address, [.. ListenerOptions, .. address.UsesTls ? AddressOptions.TlsListener : [], .. others]);
        int frame = Frame(address, ArqMode.SelectiveRepeat, CongestionProfile.Internet);
        ConnectionOptions options = ArqDefaults.Connection;
        return options with
        {
            FrameSize = frame,
            WindowFrames = Window(address, null) ?? ConnectionOptions.LargestWindowFrames,
            KeepAliveNs = KeepAlive(address),
            MaxDatagramSize = Datagram(address, frame),
            FrameTimers = true,
            Retransmission = Timeout(address, hasTimer: true) ?? options.Retransmission,
            RejectRewinds = Reject(address, null),
        };
    }

    private static long KeepAlive(EndpointAddress address)
    {
        if (!address.Options.TryGetValue("keepalive", out string? text))
        {
            return ArqDefaults.Connection.KeepAliveNs;
        }

        if (text == "off")
        {
            return 0;
        }

        return UnitText.TryParseDuration(text, LongestKeepAlive, out TimeSpan keepAlive) && keepAlive >= LeastKeepAlive
            ? Nanoseconds(keepAlive)
            : throw Wrong(address, "keepalive", "write a time from 15s to 50s, or off");
    }

    private static int Frame(EndpointAddress address, ArqMode mode, CongestionProfile profile)
    {
        bool mayFill = mode == ArqMode.SelectiveRepeat && profile != CongestionProfile.Lab;
        if (!address.Options.TryGetValue("frame", out string? text))
        {
            return mayFill ? 0 : Math.Min(DefaultFrameSize, Datagram(address, 0) - DataHeader);
        }

        if (text == "auto")
        {
            return mayFill ? 0 : throw Wrong(address, "frame", "frames that fill datagrams need selective-repeat and a profile other than lab");
        }

        return (int)Number(address, "frame", 1, LargestFrame, "bytes");
    }

    private static int? Window(EndpointAddress address, ArqMode? mode)
    {
        if (!address.Options.ContainsKey("window"))
        {
            return null;
        }

        int window = (int)Number(address, "window", 1, ConnectionOptions.LargestWindowFrames, "frames");
        return mode != ArqMode.StopAndWait || window == 1
            ? window
            : throw Wrong(address, "window", "the window of stop-and-wait is one frame; leave it out, or choose go-back-n or selective-repeat");
    }

    private static int Datagram(EndpointAddress address, int frame)
    {
        if (!address.Options.ContainsKey("datagram"))
        {
            return DatagramLimits.MaxPayload;
        }

        int datagram = (int)Number(address, "datagram", LeastDatagram, DatagramLimits.MaxPayload, "bytes");
        return datagram >= frame + DataHeader
            ? datagram
            : throw Wrong(address, "datagram", $"a frame of {frame} bytes needs {frame + DataHeader}");
    }

    private static RetransmissionPolicy? Timeout(EndpointAddress address, bool hasTimer)
    {
        if (!address.Options.TryGetValue("timeout", out string? text))
        {
            return null;
        }

        if (text == "auto")
        {
            return RetransmissionPolicy.Auto;
        }

        if (!UnitText.TryParseDuration(text, LongestTimeout, out TimeSpan timeout) || timeout < LeastTimeout)
        {
            throw Wrong(address, "timeout", "write a time from 1ms to 60s, or auto");
        }

        return hasTimer
            ? RetransmissionPolicy.Constant(Nanoseconds(timeout))
            : throw Wrong(
                address,
                "timeout",
                "a fixed time-out needs stop-and-wait, go-back-n or profile=lab; selective-repeat measures its own, write auto");
    }

    private static bool Reject(EndpointAddress address, ArqMode? mode)
    {
        bool rejects = Choose(address, "reject", Switches, false, "on or off");
        return !rejects || mode is null or ArqMode.GoBackN
            ? rejects
            : throw Wrong(address, "reject", "only go-back-n has rejects; leave it out, or add mode=go-back-n");
    }

    private static T Choose<T>(EndpointAddress address, string name, (string Name, T Value)[] choices, T otherwise, string? allowed = null)
    {
        if (!address.Options.TryGetValue(name, out string? text))
        {
            return otherwise;
        }

        foreach ((string choice, T value) in choices)
        {
            if (choice == text)
            {
                return value;
            }
        }

        string write = "write " + (allowed ?? string.Join(", ", choices[..^1].Select(choice => choice.Name)) + " or " + choices[^1].Name);
        throw new FormatException(
            $"'{address}' has the option {name}={text}: {write}{NearestName.End(text, choices.Select(static choice => choice.Name))}");
    }

    private static long Number(EndpointAddress address, string name, long least, long most, string unit) =>
        UnitText.TryParseSize(address.Options[name], out long number) && number >= least && number <= most
            ? number
            : throw Wrong(address, name, string.Create(CultureInfo.InvariantCulture, $"write a whole number of {unit} from {least} to {most}"));

    private static FormatException Wrong(EndpointAddress address, string name, string allowed) =>
        new($"'{address}' has the option {name}={address.Options[name]}: {allowed}.");

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
