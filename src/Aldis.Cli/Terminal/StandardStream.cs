namespace Aldis.Cli.Terminal;

/// <summary>
/// Standard input, output or error as the system has it: every failure is reported (the framework's own streams swallow that a reader has
/// gone), and what was closed when the process started stays closed.
/// </summary>
/// <param name="descriptor">Its number.</param>
internal sealed class StandardStream(int descriptor) : OneWayStream
{
    /// <summary><c>EBADF</c>, what the system says to who uses a closed descriptor.</summary>
    private const int BadDescriptor = 9;

    private readonly bool _isGiven = Descriptors.IsGiven(descriptor);

    public override bool CanRead => descriptor == Descriptors.Input;

    public override bool CanWrite => descriptor != Descriptors.Input;

    /// <summary>Opens one of the three.</summary>
    /// <param name="descriptor">Its number.</param>
    public static Stream Open(int descriptor) => !OperatingSystem.IsWindows()
        ? new StandardStream(descriptor)
        : descriptor switch
        {
            Descriptors.Input => Console.OpenStandardInput(),
            Descriptors.Output => Console.OpenStandardOutput(),
            _ => Console.OpenStandardError(),
        };

    public override int Read(Span<byte> buffer)
    {
        RequireGiven();
        return Descriptors.Read(descriptor, buffer);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RequireGiven();
        Descriptors.Write(descriptor, buffer);
    }

    private void RequireGiven()
    {
        if (!_isGiven)
        {
            throw new IOException("it was closed when aldis was started", BadDescriptor);
        }
    }
}
