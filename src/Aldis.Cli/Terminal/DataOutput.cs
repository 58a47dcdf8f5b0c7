namespace Aldis.Cli.Terminal;

/// <summary>Writes data to standard output so that a reader gets each piece as soon as it is there.</summary>
internal static class DataOutput
{
    /// <summary>Writes and flushes.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="data">The bytes.</param>
    /// <exception cref="OutputFailedException">It cannot be written any more.</exception>
    public static void Write(Stream output, ReadOnlySpan<byte> data)
    {
        output.Write(data);
        output.Flush();
    }

    /// <summary>Writes a line, in one piece, and flushes.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="data">The line without its end.</param>
    /// <exception cref="OutputFailedException">It cannot be written any more.</exception>
    public static void WriteLine(Stream output, ReadOnlySpan<byte> data)
    {
        byte[] line = new byte[data.Length + 1];
        data.CopyTo(line);
        line[^1] = (byte)'\n';
        Write(output, line);
    }
}
