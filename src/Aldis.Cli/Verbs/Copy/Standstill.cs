using System.Globalization;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>Why a copy does not move, in a few words.</summary>
internal static class Standstill
{
    /// <summary>A shorter one is none.</summary>
    public static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(1);

    /// <summary>What is said of a copy that has a connection.</summary>
    /// <param name="silent">For how long nothing has moved.</param>
    /// <param name="heldBytes">Bytes that left the command and have not reached the other machine, as far as the system tells.</param>
    /// <param name="nextTry">When what is not acknowledged is sent again; null where the system sees to it.</param>
    /// <param name="isAllSent">Whether there is nothing more to send.</param>
    /// <returns>Null where it moves.</returns>
    public static string? Of(TimeSpan silent, long heldBytes, TimeSpan? nextTry, bool isAllSent)
    {
        if (silent < LeastTime)
        {
            return null;
        }

        string time = Seconds(silent);
        if (heldBytes > 0)
        {
            return $"no acknowledgement for {time}{Next(nextTry)}";
        }

        return isAllSent ? $"all is sent; waiting for its confirmation for {time}" : $"nothing has moved for {time}";
    }

    /// <summary>What is said of a copy that has none.</summary>
    /// <param name="absent">For how long there is none.</param>
    /// <param name="nextTry">When the next is tried; null while one is.</param>
    public static string WithoutConnection(TimeSpan absent, TimeSpan? nextTry) =>
        $"no connection for {Seconds(absent)}{(nextTry is null ? ", trying" : Next(nextTry))}";

    private static string Next(TimeSpan? nextTry) =>
        nextTry is { } time ? $", next try in {Seconds(time > TimeSpan.Zero ? time : TimeSpan.Zero)}" : string.Empty;

    /// <summary>In tenths of a second, so that it counts evenly; minutes as elsewhere.</summary>
    private static string Seconds(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
        : Quantity.Duration(time);
}
