using System.Globalization;
using Aldis.Lab.Drawings;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>Reads an experiment of the laboratory out of a query. What is small enough to be looked at is small enough to be run at once.</summary>
internal static class LabRequest
{
    /// <summary>Frames of a run at most.</summary>
    public const int MostFrames = 200;

    private const int MostWindow = 64;
    private const int MostFrameBytes = 65_479;
    private const int MostDelayMilliseconds = 60_000;
    private const int MostTimeoutMilliseconds = 600_000;
    private const int MostKills = 1000;
    private const long LeastRate = 1_000;
    private const long MostRate = 1_000_000_000_000;
    private const long NsPerMillisecond = 1_000_000;
    private const int MostSequenceBits = 16;

    /// <summary>Reads it.</summary>
    /// <param name="request">Its query has <c>strategy</c>, <c>frames</c>, <c>frame_size</c>, <c>window</c>, <c>sequence_bits</c>,
    /// <c>rate</c> (bits per second), <c>delay_ms</c>, <c>timeout_ms</c> (0 measures), <c>loss</c>, <c>ack_loss</c> (shares from 0 to
    /// 0.9), <c>seed</c> and <c>kill</c> (as <c>aldis lab --kill</c>).</param>
    /// <returns>Settings that can be run.</returns>
    /// <exception cref="FormatException">A word is wrong; the message says which and what is right.</exception>
    public static LabSettings Read(HttpRequest request)
    {
        ArqMode strategy = request.Query["strategy"].ToString() switch
        {
            "" or "stop-and-wait" => ArqMode.StopAndWait,
            "go-back-n" => ArqMode.GoBackN,
            "selective-repeat" => ArqMode.SelectiveRepeat,
            _ => throw new FormatException("'strategy' is 'stop-and-wait', 'go-back-n' or 'selective-repeat'."),
        };
        LabKills kills = ReadKills(request.Query["kill"].ToString());
        double loss = ReadShare(request, "loss", 0);
        return new LabSettings
        {
            Strategy = strategy,
            Frames = ApiAnswer.ReadNumber(request, "frames", 1, MostFrames, 5),
            FrameSize = (int)ApiAnswer.ReadNumber(request, "frame_size", 1, MostFrameBytes, 1024),
            Window = strategy == ArqMode.StopAndWait ? null : (int)ApiAnswer.ReadNumber(request, "window", 1, MostWindow, 5),
            SequenceBits = ApiAnswer.ReadNumber(request, "sequence_bits", 0, MostSequenceBits, 0) is > 0 and { } bits ? (int)bits : null,
            BitsPerSecond = ApiAnswer.ReadNumber(request, "rate", LeastRate, MostRate, 1_000_000),
            DelayNanoseconds = ApiAnswer.ReadNumber(request, "delay_ms", 0, MostDelayMilliseconds, 20) * NsPerMillisecond,
            TimeoutNanoseconds = ApiAnswer.ReadNumber(request, "timeout_ms", 0, MostTimeoutMilliseconds, 0) * NsPerMillisecond,
            Loss = loss,
            AcknowledgementLoss = ReadShare(request, "ack_loss", loss),
            Seed = (ulong)ApiAnswer.ReadNumber(request, "seed", 0, long.MaxValue, 7),
            KilledTransmissions = kills.Transmissions,
            KilledAcknowledgements = kills.Acknowledgements,
        };
    }

    private static LabKills ReadKills(string text)
    {
        if (text.Length == 0)
        {
            return new LabKills([], []);
        }

        return text.Length <= MostKills * 8 && LabKills.Read(text) is { } kills && kills.Transmissions.Count + kills.Acknowledgements.Count <= MostKills
            ? kills
            : throw new FormatException("'kill' has transmissions and acknowledgements by their numbers, such as data:1,ack:2.");
    }

    private static double ReadShare(HttpRequest request, string name, double otherwise)
    {
        const double Most = 0.9;
        string? text = request.Query[name];
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share <= Most
            ? share
            : throw new FormatException($"'{name}' is a share from 0 to 0.9, such as 0.1.");
    }
}
