using System.Text;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Arguments as the bytes they were given as. The runtime decodes them as UTF-8 and replaces what is not; here each byte that is not UTF-8
/// becomes a lone surrogate, U+DC80 for 80 to U+DCFF for FF, which no valid text has, and comes back as that byte (PEP 383,
/// "surrogateescape"). So a message goes out as it was given, and where text is needed the argument can be refused.
/// </summary>
internal static class ArgumentText
{
    private const char FirstEscape = '\udc80';
    private const char LastEscape = '\udcff';
    private const int EscapeBase = 0xdc00;

    /// <summary>Stands where bytes were that cannot be known.</summary>
    private const char Unknown = '\udc00';

    /// <summary>What the runtime puts where bytes are no UTF-8.</summary>
    private const char Replacement = '\ufffd';

    /// <summary>The arguments of this process, exactly, or marked where they cannot be known.</summary>
    /// <param name="arguments">What the runtime made of them.</param>
    public static string[] OfProcess(string[] arguments)
    {
        if (OperatingSystem.IsWindows())
        {
            // There they are UTF-16 from the start.
            return arguments;
        }

        try
        {
            return Restore(arguments, OperatingSystem.IsLinux() ? File.ReadAllBytes("/proc/self/cmdline") : []);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Restore(arguments, []);
        }
    }

    /// <summary>Puts the bytes that the runtime replaced back.</summary>
    /// <param name="arguments">What the runtime made of the last words of the command line.</param>
    /// <param name="commandLine">
    /// All words, each ended by a zero: <c>aldis …</c> or <c>dotnet aldis.dll …</c>; empty where it is not known.
    /// </param>
    /// <returns>
    /// The arguments. Where a word does not agree with what the runtime made of it, what was replaced is not <see cref="IsKnown"/>.
    /// </returns>
    public static string[] Restore(string[] arguments, ReadOnlySpan<byte> commandLine)
    {
        string[] restored = [.. arguments.Select(static argument => argument.Replace(Replacement, Unknown))];
        for (int index = arguments.Length - 1; index >= 0 && commandLine is [.., 0]; index--)
        {
            ReadOnlySpan<byte> words = commandLine[..^1];
            ReadOnlySpan<byte> word = words[(words.LastIndexOf((byte)0) + 1)..];
            if (Encoding.UTF8.GetString(word) == arguments[index])
            {
                restored[index] = Decode(word);
            }

            commandLine = commandLine[..^(word.Length + 1)];
        }

        return restored;
    }

    /// <summary>Decodes UTF-8, with what is not as escapes.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte invalid in bytes[..consumed])
                {
                    text.Append((char)(EscapeBase + invalid));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>The bytes that an argument was given as; meaningless unless <see cref="IsKnown"/>.</summary>
    public static byte[] Encode(string argument)
    {
        var bytes = new MemoryStream(argument.Length);
        int start = 0;
        for (int at = 0; at < argument.Length; at++)
        {
            if (argument[at] is >= FirstEscape and <= LastEscape && IsLone(argument, at))
            {
                bytes.Write(Encoding.UTF8.GetBytes(argument[start..at]));
                bytes.WriteByte((byte)(argument[at] - EscapeBase));
                start = at + 1;
            }
        }

        bytes.Write(Encoding.UTF8.GetBytes(argument[start..]));
        return bytes.ToArray();
    }

    /// <summary>Whether an argument is text, as the names of files and hosts must be.</summary>
    public static bool IsText(string argument) => !Enumerable.Range(0, argument.Length).Any(at => IsLone(argument, at));

    /// <summary>Whether it is known which bytes an argument was given as.</summary>
    public static bool IsKnown(string argument) =>
        !Enumerable.Range(0, argument.Length).Any(at => argument[at] is < FirstEscape or > LastEscape && IsLone(argument, at));

    /// <summary>The argument as it is shown: what is not UTF-8 as <c>\xHH</c>.</summary>
    public static string Show(string argument)
    {
        byte[] bytes = Encode(argument);
        return PrintableText.Escape(bytes, bytes.Length);
    }

    private static bool IsLone(string text, int at) => char.IsHighSurrogate(text[at])
        ? at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])
        : char.IsLowSurrogate(text[at]) && (at == 0 || !char.IsHighSurrogate(text[at - 1]));
}
