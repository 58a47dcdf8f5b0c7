using System.Collections;
using System.Numerics;
using System.Reflection;
using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// One number for everything that decides what a connection does next: all fields, deep. Left out are counters, stored bytes (a
/// position says which they are), settled transmissions and, since the explorer may fire a timer at any moment, every time and
/// every estimate of one: a deadline counts only as set or not.
/// </summary>
internal sealed class StateHash(long epochNs)
{
    private const long EpochWidth = 100_000_000_000_000;

    private static readonly HashSet<string> Undecisive =
    [
        "ArqEndpoint", "ChunkPool", "StreamBuffer", "ConnectionOptions", "RoundTripEstimator", "DeliveryRate", "Pacer", "ConnectionStats",
        "FixedWindow", "Tracer", "PathKey",
    ];

    private static readonly Dictionary<Type, FieldInfo[]> FieldsOfType = [];

    private readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);
    private ulong _state;

    public ulong Of(params ReadOnlySpan<object?> roots)
    {
        _seen.Clear();
        _state = 0;
        foreach (object? root in roots)
        {
            Add(root);
        }

        return _state;
    }

    private void Add(object? value)
    {
        switch (value)
        {
            case null:
                Mix(0);
                return;
            case long number:
                Mix(Math.Abs(number - epochNs) < EpochWidth ? 1 : (ulong)number);
                return;
            case string or Delegate or Type or double or byte[]:
                return;
            case SentPacket { State: not (SentPacketState.Outstanding or SentPacketState.Lost) } settled:
                Mix((ulong)settled.State);
                return;
            default:
                AddCompound(value);
                return;
        }
    }

    private void AddCompound(object value)
    {
        Type type = value.GetType();
        if (type.IsPrimitive || type.IsEnum)
        {
            Mix((ulong)value.GetHashCode());
            return;
        }

        if (Undecisive.Contains(type.Name))
        {
            return;
        }

        if (!type.IsValueType)
        {
            if (_seen.TryGetValue(value, out int index))
            {
                Mix((ulong)index);
                return;
            }

            _seen.Add(value, _seen.Count + 1);
        }

        if (value is IEnumerable elements)
        {
            foreach (object? element in elements)
            {
                Add(element);
            }

            return;
        }

        foreach (FieldInfo field in FieldsOf(type))
        {
            object? content = field.GetValue(value);
            bool isTime = content is long && field.Name.EndsWith("Ns", StringComparison.Ordinal);
            Add(isTime ? content!.Equals(long.MaxValue) : content);
        }
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        if (!FieldsOfType.TryGetValue(type, out FieldInfo[]? fields))
        {
            List<FieldInfo> all = [];
            for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
            {
                all.AddRange(level.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
            }

            fields = [.. all.Where(field => !field.FieldType.IsPointer)];
            FieldsOfType[type] = fields;
        }

        return fields;
    }

    private void Mix(ulong value)
    {
        ulong mixed = (_state ^ value) * 0x9E3779B97F4A7C15;
        _state = BitOperations.RotateLeft(mixed ^ (mixed >> 32), 27) * 0xBF58476D1CE4E5B9;
    }
}
