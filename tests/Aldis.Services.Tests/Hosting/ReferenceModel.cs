using System.Globalization;
using System.Numerics;
using System.Text;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>
/// What the plain conversations must make of a stream, written as simply as it can be said and without any code of the product.
/// </summary>
internal static class ReferenceModel
{
    private const string Greeting = "Hello from the client!";

    /// <summary>The messages of a whole stream, and whether it ends in a refusal.</summary>
    public static (List<byte[]> Messages, bool Refused, bool Disconnected) Messages(byte[] stream, long limit)
    {
        List<byte[]> messages = [];
        int at = 0;
        while (at < stream.Length)
        {
            string header = Encoding.Latin1.GetString(stream, at, Math.Min(LabFrame.HeaderLength, stream.Length - at));
            if (IsWrong(header, limit))
            {
                return (messages, true, false);
            }

            at += header.Length;
            if (header.Length < LabFrame.HeaderLength)
            {
                break;
            }

            int length = int.Parse(header, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
            if (stream.Length - at < length)
            {
                break;
            }

            messages.Add(stream[at..(at + length)]);
            at += length;
            if (Encoding.Latin1.GetString(messages[^1]) == LabFrame.Disconnect)
            {
                return (messages, false, true);
            }
        }

        return (messages, false, false);
    }

    /// <summary>The length of the greeting of a stream that arrived in pieces.</summary>
    public static int GreetingLength(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        string soFar = string.Empty;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            soFar += Encoding.Latin1.GetString(piece.Span);
            if (!Greeting.StartsWith(soFar, StringComparison.Ordinal))
            {
                break;
            }
        }

        return soFar.StartsWith(Greeting, StringComparison.Ordinal) ? Greeting.Length : Math.Min(soFar.Length, 1024);
    }

    /// <summary>Whether a header, or as much of it as has come, can no longer become a good one.</summary>
    private static bool IsWrong(string header, long limit)
    {
        string digits = new([.. header.TakeWhile(char.IsAsciiDigit)]);
        string rest = header[digits.Length..];
        if (digits.Length == 0 || rest.Any(letter => letter != ' '))
        {
            return true;
        }

        BigInteger value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        bool complete = rest.Length > 0 || header.Length == LabFrame.HeaderLength;
        return value > long.MaxValue || (complete && value > limit);
    }
}
