namespace Aldis.Services;

/// <summary>The port of each conversation where an address names none.</summary>
public static class DefaultPorts
{
    /// <summary><c>ack</c>, TCP.</summary>
    public const int Ack = 8000;

    /// <summary><c>echo</c>, TCP and UDP.</summary>
    public const int Echo = 12345;

    /// <summary><c>exchange</c>, TCP.</summary>
    public const int Exchange = 8888;

    /// <summary><c>files</c>, TCP.</summary>
    public const int Files = 65432;

    /// <summary><c>messages</c>, TCP.</summary>
    public const int Messages = 9999;
}
